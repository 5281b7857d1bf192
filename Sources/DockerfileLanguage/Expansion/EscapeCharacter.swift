/// The character that escapes letters and continues lines (`# escape=`).
package enum EscapeCharacter: String, Hashable, Sendable {
    case backslash = "\\"
    case backtick = "`"

    var scalar: Unicode.Scalar { self == .backslash ? "\\" : "`" }
}
