internal import JSON

/// The default formats of Go's `fmt`.
enum GoText {
    /// Go's `%v`.
    static func value(_ value: JSONValue) -> String {
        switch value {
        case .null: "<nil>"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let number): Self.number(number)
        case .string(let value): value
        case .array, .object: composite(value) { Self.value($0) }
        }
    }

    /// `[1 2]` and `map[a:1 b:2]`, with elements formatted by `show`.
    static func composite(_ value: JSONValue, _ show: (JSONValue) -> String) -> String {
        switch value {
        case .array(let elements): return "[" + elements.map(show).joined(separator: " ") + "]"
        case .object(let object):
            let members = object.sorted.members.map { "\(show(.string($0.name))):\(show($0.value))" }
            return "map[" + members.joined(separator: " ") + "]"
        default: return show(value)
        }
    }

    /// Go's `Sprint`: a space between two operands if neither is a string.
    static func printed(_ values: [JSONValue]) -> String {
        var text = ""
        for (index, value) in values.enumerated() {
            if index > 0, !isString(values[index - 1]), !isString(value) { text += " " }
            text += self.value(value)
        }
        return text
    }

    /// Go's `Sprintln`.
    static func printedLine(_ values: [JSONValue]) -> String {
        values.map { value($0) }.joined(separator: " ") + "\n"
    }

    /// A fraction or power as Go shows the double nearest to it; what no double holds, and integers of many digits, by
    /// their texts.
    static func number(_ number: JSONNumber) -> String {
        let isInteger = !number.text.utf8.contains { [UInt8(ascii: "."), 0x65, 0x45].contains($0) }
        return isInteger || !number.value.isFinite ? number.text : real(number.value)
    }

    /// Go's `%g`: the shortest decimal that represents the number, with an exponent from a million on and below 1e-4.
    static func real(_ value: Double) -> String {
        let (digits, exponent) = shortest(abs(value))
        let scientific = exponent < -4 || exponent >= 6
        let sign = value.sign == .minus ? "-" : ""
        if scientific {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(power)"
        }
        if exponent < 0 { return "\(sign)0." + String(repeating: "0", count: -exponent - 1) + digits }
        let padded = digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
        let fraction = padded.dropFirst(exponent + 1)
        return sign + padded.prefix(exponent + 1) + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    /// The significant digits, and the exponent of the first.
    private static func shortest(_ magnitude: Double) -> (digits: String, exponent: Int) {
        let parts = "\(magnitude)".split(separator: "e")
        let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = point[0].drop { $0 == "0" }
        let fraction = point.count > 1 ? point[1] : ""
        var digits = whole + fraction
        var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole.count - 1
        if whole.isEmpty {
            exponent -= fraction.prefix { $0 == "0" }.count
            digits = Substring(fraction.drop { $0 == "0" })
        }
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? ("0", 0) : (String(digits), exponent)
    }

    /// Go's `strconv.Quote`.
    static func quoted(_ text: String) -> String {
        let escapes: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "\u{7}": "\\a", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r",
            "\t": "\\t", "\u{B}": "\\v",
        ]
        return "\"" + text.unicodeScalars.map { escapes[$0] ?? quoted($0) }.joined() + "\""
    }

    private static func quoted(_ scalar: Unicode.Scalar) -> String {
        func escape(_ letter: String, _ width: Int) -> String {
            let digits = String(scalar.value, radix: 16)
            return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            if scalar.value < 0x80 { return escape("x", 2) }
            return scalar.value > 0xFFFF ? escape("U", 8) : escape("u", 4)
        case .spaceSeparator where scalar != " ": return escape("u", 4)
        default: return String(Character(scalar))
        }
    }

    private static func isString(_ value: JSONValue) -> Bool {
        value.string != nil
    }
}
