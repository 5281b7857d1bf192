/// What escapes a letter and continues a line (`# escape=`).
package enum EscapeCharacter: String, Hashable, Sendable {
    case backslash = "\\"
    case backtick = "`"

    var scalar: Unicode.Scalar { self == .backslash ? "\\" : "`" }
}
