internal import JSON

extension TOMLParser {
    mutating func value() throws(TOMLError) -> JSONValue {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw failure("it is nested too deep") }
        switch peek {
        case UInt8(ascii: "\""):
            return .string(try take("\"\"\"") ? text(isLiteral: false) : string(isLiteral: false))
        case UInt8(ascii: "'"):
            return .string(try take("'''") ? text(isLiteral: true) : string(isLiteral: true))
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "{"): return try inlineTable()
        default: return try word()
        }
    }

    private mutating func array() throws(TOMLError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        while true {
            try skipLines()
            if take("]") { return .array(elements) }
            elements.append(try value())
            try skipLines()
            if take("]") { return .array(elements) }
            guard take(",") else { throw failure("the array is not closed") }
        }
    }

    private mutating func inlineTable() throws(TOMLError) -> JSONValue {
        position += 1
        let table = TOMLTable(.header)
        skipSpace()
        if take("}") { return table.json }
        while true {
            skipSpace()
            try pair(in: table)
            skipSpace()
            if take("}") { return table.json }
            guard take(",") else { throw failure("the inline table is not closed") }
        }
    }

    // MARK: Strings

    /// A string on one line, from its first quotation mark on.
    mutating func string(isLiteral: Bool) throws(TOMLError) -> String {
        let quote = bytes[position]
        position += 1
        var result: [UInt8] = []
        while let byte = peek, byte != quote {
            guard !Self.isControl(byte) else { throw failure("the string is not closed on its line") }
            position += 1
            if byte == UInt8(ascii: "\\"), !isLiteral { try escape(into: &result) } else { result.append(byte) }
        }
        guard peek == quote else { throw failure("the string is not closed") }
        position += 1
        return String(decoding: result, as: UTF8.self)
    }

    /// A string of several lines, from behind its three quotation marks on.
    private mutating func text(isLiteral: Bool) throws(TOMLError) -> String {
        let quote: UInt8 = isLiteral ? UInt8(ascii: "'") : UInt8(ascii: "\"")
        var result: [UInt8] = []
        _ = takeNewline()
        while let byte = peek {
            if byte == quote {
                let start = position
                while peek == quote { position += 1 }
                let count = position - start
                guard count < 6 else { throw failure("there are too many quotation marks", at: start) }
                result += repeatElement(quote, count: count < 3 ? count : count - 3)
                if count >= 3 { return String(decoding: result, as: UTF8.self) }
                continue
            }
            let start = position
            if takeNewline() {
                result += bytes[start..<position]
                continue
            }
            guard !Self.isControl(byte) else { throw failure("a control character is in a string") }
            position += 1
            if byte == UInt8(ascii: "\\"), !isLiteral {
                if !skipLineEnd() { try escape(into: &result) }
            } else {
                result.append(byte)
            }
        }
        throw failure("the string is not closed")
    }

    /// Passes over the end of a line behind a backslash, with all the white space that follows.
    private mutating func skipLineEnd() -> Bool {
        let start = position
        skipSpace()
        guard takeNewline() else {
            position = start
            return false
        }
        repeat { skipSpace() } while takeNewline()
        return true
    }

    /// What stands behind a backslash.
    private mutating func escape(into result: inout [UInt8]) throws(TOMLError) {
        let start = position - 1
        guard let byte = peek else { throw failure("the string is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): result.append(byte)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let digits = bytes[position...].prefix(byte == UInt8(ascii: "u") ? 4 : 8)
            guard digits.count == (byte == UInt8(ascii: "u") ? 4 : 8), digits.allSatisfy(Self.isHexDigit),
                let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(value)
            else { throw failure("the escape is no character", at: start) }
            position += digits.count
            result += Array(String(scalar).utf8)
        default: throw failure("the escape is none that TOML has", at: start)
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    // MARK: Words

    /// A number, a truth or a moment.
    private mutating func word() throws(TOMLError) -> JSONValue {
        let start = position
        skipWord()
        // Between a date and a time there may be a space.
        let date = #/\d{4}-\d{2}-\d{2}/#
        if peek == UInt8(ascii: " "), text(from: start).wholeMatch(of: date) != nil, position + 1 < bytes.count,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position + 1])
        {
            position += 1
            skipWord()
        }
        let word = text(from: start)
        if word.isEmpty { throw failure("a value is missing") }
        guard let value = Self.value(of: word) else { throw failure("\"\(word)\" is no value", at: start) }
        return value
    }

    private mutating func skipWord() {
        while let byte = peek, Self.isWord(byte) || "+-.:".utf8.contains(byte) { position += 1 }
    }

    private static func value(of word: String) -> JSONValue? {
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "inf", "+inf": return .real(.infinity)
        case "-inf": return .real(-.infinity)
        case "nan", "+nan", "-nan": return .real(.nan)
        default: break
        }
        let digits = word.replacing("_", with: "")
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
            guard word.wholeMatch(of: #/0[xob][0-9A-Fa-f]+(_[0-9A-Fa-f]+)*/#) != nil else { return nil }
            return Int64(digits.dropFirst(2), radix: radix).map { .integer($0) }
        }
        if word.wholeMatch(of: #/[+-]?(0|[1-9](_?[0-9])*)/#) != nil { return Int64(digits).map { .integer($0) } }
        let decimal = #/[+-]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?/#
        if word.wholeMatch(of: decimal) != nil { return Double(digits).map { .real($0) } }
        return isMoment(word) ? .string(word) : nil
    }

    /// Whether a word is a date, a time, or both (RFC 3339).
    private static func isMoment(_ word: String) -> Bool {
        let moment =
            #/((\d{4})-(\d{2})-(\d{2}))?([Tt ]?(\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-](\d{2}):(\d{2}))?)?/#
        guard let match = word.wholeMatch(of: moment) else { return false }
        func number(_ text: Substring?) -> Int { text.flatMap { Int($0) } ?? 0 }
        let (hasDate, hasTime) = (match.1 != nil, match.5 != nil)
        let hasGap = match.5?.first.map { !$0.isNumber } ?? false
        guard hasDate || hasTime, !hasTime || hasGap == hasDate, match.10 == nil || hasDate else { return false }
        if hasDate {
            let (year, month, day) = (number(match.2), number(match.3), number(match.4))
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            guard (1...12).contains(month), (1...days[month - 1]).contains(day) else { return false }
        }
        return number(match.6) < 24 && number(match.7) < 60 && number(match.8) <= 60 && number(match.11) < 24
            && number(match.12) < 60
    }
}
