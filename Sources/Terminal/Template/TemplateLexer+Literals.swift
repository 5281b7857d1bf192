internal import JSON

extension TemplateLexer {
    /// A string in double quotes with Go's escapes.
    mutating func lexQuoted() throws(TemplateError) -> String {
        let start = index
        index += 1
        var bytes: [UInt8] = []
        while let next = scalar(), next != "\n" {
            index += 1
            switch next {
            case "\"": return String(decoding: bytes, as: UTF8.self)
            case "\\": bytes += try lexEscape()
            default: bytes += Array(String(Character(next)).utf8)
            }
        }
        throw refuse("this string is not closed by \"", at: start)
    }

    /// A raw string in back quotes.
    mutating func lexRaw() throws(TemplateError) -> String {
        let start = index
        index += 1
        while let next = scalar() {
            index += 1
            if next == "`" { return Self.string(scalars[(start + 1)..<(index - 1)]) }
        }
        throw refuse("this string is not closed by `", at: start)
    }

    /// The rest of an escape sequence after the backslash. `\x` and octal escapes stand for one byte, `\u` and `\U` for
    /// a code point.
    private mutating func lexEscape() throws(TemplateError) -> [UInt8] {
        let start = index - 1
        let letter = scalar()
        index += 1
        switch letter {
        case "n": return [0x0A]
        case "t": return [0x09]
        case "r": return [0x0D]
        case "a": return [0x07]
        case "b": return [0x08]
        case "f": return [0x0C]
        case "v": return [0x0B]
        case "\\": return [0x5C]
        case "\"": return [0x22]
        case "x": return [UInt8(truncatingIfNeeded: try lexDigits(2, radix: 16, from: start))]
        case "u", "U":
            let value = try lexDigits(letter == "u" ? 4 : 8, radix: 16, from: start)
            guard let scalar = Unicode.Scalar(value) else { throw refuse("there is no such code point", at: start) }
            return Array(String(Character(scalar)).utf8)
        case let digit? where ("0"..."3").contains(digit):
            index -= 1
            return [UInt8(truncatingIfNeeded: try lexDigits(3, radix: 8, from: start))]
        default: throw refuse("there is no such escape in a string", at: start)
        }
    }

    private mutating func lexDigits(_ count: Int, radix: Int, from start: Int) throws(TemplateError) -> UInt32 {
        let digits = scalars[index..<min(index + count, scalars.count)]
        let text = Self.string(digits)
        guard digits.count == count, text.utf8.first != UInt8(ascii: "+"), let value = UInt32(text, radix: radix) else {
            throw refuse("this escape needs \(count) digits", at: start)
        }
        index += count
        return value
    }

    /// An integer in any of Go's bases, or a decimal fraction.
    mutating func lexNumber() throws(TemplateError) -> JSONValue {
        let start = index
        if scalar() == "+" || scalar() == "-" { index += 1 }
        let isHexadecimal = scalar() == "0" && (scalar(1) == "x" || scalar(1) == "X")
        while let next = scalar() {
            let signs =
                !isHexadecimal && (next == "+" || next == "-") && "eE".unicodeScalars.contains(scalars[index - 1])
            guard signs || next == "." || Self.isNamePart(next) else { break }
            index += 1
        }
        let text = Self.string(scalars[start..<index])
        guard let value = Self.number(text) else { throw refuse("\"\(text)\" is not a number", at: start) }
        return value
    }

    private static func number(_ text: String) -> JSONValue? {
        let digits = text.lowercased().filter { $0 != "_" }
        let sign = digits.hasPrefix("-") ? "-" : ""
        let magnitude = digits.drop { $0 == "-" || $0 == "+" }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where magnitude.hasPrefix(prefix) {
            return Int64(sign + magnitude.dropFirst(2), radix: radix).map { .integer($0) }
        }
        if let value = Int64(sign + magnitude) { return .integer(value) }
        guard magnitude.unicodeScalars.first.map({ isDigit($0) || $0 == "." }) == true else { return nil }
        return Double(sign + magnitude).flatMap { $0.isFinite ? .real($0) : nil }
    }
}
