internal import Glibc
internal import JSON

/// Go's `Sprintf` for JSON values, including its messages about invalid formats.
struct GoFormat {
    /// A verb with everything between the percent sign and it.
    private struct Verb {
        var letter: Character = "v"
        var flags: Set<Character> = []
        var width = 0
        var precision: Int?
    }

    /// The maximum width and precision.
    private static let maximumWidth = 4096

    private var rest: Substring
    private var out = ""

    static func text(_ format: String, _ arguments: [JSONValue]) -> String {
        var formatter = GoFormat(rest: format[...])
        formatter.run(arguments)
        return formatter.out
    }

    private init(rest: Substring) {
        self.rest = rest
    }

    private mutating func run(_ arguments: [JSONValue]) {
        var arguments = arguments[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                out.append(character)
                continue
            }
            guard let verb = takeVerb() else {
                out += "%!(NOVERB)"
                continue
            }
            if verb.letter == "%" {
                out.append("%")
            } else if let argument = arguments.popFirst() {
                out += Self.show(argument, verb)
            } else {
                out += "%!\(verb.letter)(MISSING)"
            }
        }
        if !arguments.isEmpty {
            let extra = arguments.map { "\(Self.typeName($0))=\(GoText.value($0))" }
            out += "%!(EXTRA \(extra.joined(separator: ", ")))"
        }
    }

    private mutating func takeVerb() -> Verb? {
        var verb = Verb()
        while let flag = rest.first, "+-# 0".contains(flag) { verb.flags.insert(rest.removeFirst()) }
        verb.width = takeNumber() ?? 0
        if rest.first == "." {
            rest.removeFirst()
            verb.precision = takeNumber() ?? 0
        }
        guard let letter = rest.popFirst() else { return nil }
        verb.letter = letter
        return verb
    }

    private mutating func takeNumber() -> Int? {
        var number: Int?
        while let digit = rest.first?.wholeNumberValue, rest.first?.isASCII == true {
            number = min((number ?? 0) * 10 + digit, Self.maximumWidth)
            rest.removeFirst()
        }
        return number
    }

    // MARK: Values

    private static func show(_ value: JSONValue, _ verb: Verb) -> String {
        switch (value, verb.letter) {
        case (_, "T"): return pad(typeName(value), verb)
        case (.array, _), (.object, _): return GoText.composite(value) { show($0, verb) }
        case (.null, "v"): return pad("<nil>", verb)
        case (.string(let text), "s"), (.string(let text), "v"):
            return pad(verb.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text, verb)
        case (.string(let text), "q"): return pad(GoText.quoted(text), verb)
        case (.string(let text), "x"), (.string(let text), "X"): return pad(hexadecimal(text, verb), verb)
        case (.bool(let value), "t"), (.bool(let value), "v"): return pad(value ? "true" : "false", verb)
        case (.integer(let value), _): return show(integer: value, verb)
        case (.number(let number), _): return show(number, verb)
        default: return wrong(value, verb)
        }
    }

    private static func show(integer value: Int64, _ verb: Verb) -> String {
        func digits(_ radix: Int, prefix: String = "") -> String {
            var digits = String(value.magnitude, radix: radix, uppercase: verb.letter == "X")
            let missing = (verb.precision ?? 0) - digits.count
            if missing > 0 { digits = String(repeating: "0", count: missing) + digits }
            return pad(prefix + digits, sign: sign(value < 0, verb), verb)
        }
        let alternate = verb.flags.contains("#")
        switch verb.letter {
        case "d", "v": return digits(10)
        case "x": return digits(16, prefix: alternate ? "0x" : "")
        case "X": return digits(16, prefix: alternate ? "0X" : "")
        case "o": return digits(8, prefix: alternate ? "0" : "")
        case "b": return digits(2, prefix: alternate ? "0b" : "")
        case "c":
            let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
            return pad(String(Character(scalar)), verb)
        default: return wrong(.integer(value), verb)
        }
    }

    private static func show(_ number: JSONNumber, _ verb: Verb) -> String {
        let value = number.value
        let magnitude: String
        switch verb.letter {
        case _ where !value.isFinite: return pad(number.text, verb)
        case "v" where verb.precision == nil: magnitude = GoText.real(value.magnitude)
        case "g", "G", "v": magnitude = decimal("g", value.magnitude, verb.precision ?? 17)
        case "f", "F": magnitude = decimal("f", value.magnitude, verb.precision ?? 6)
        case "e", "E": magnitude = decimal(verb.letter, value.magnitude, verb.precision ?? 6)
        default: return wrong(.number(number), verb)
        }
        return pad(magnitude, sign: sign(value.sign == .minus, verb), verb)
    }

    private static func decimal(_ letter: Character, _ value: Double, _ precision: Int) -> String {
        let capacity = 512 + precision
        return withVaList([Int32(precision), value]) { arguments in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
                let count = Int(vsnprintf(buffer.baseAddress, capacity, "%.*\(letter)", arguments))
                return String(decoding: buffer.prefix(max(0, min(count, capacity - 1))).map(UInt8.init), as: UTF8.self)
            }
        }
    }

    private static func hexadecimal(_ text: String, _ verb: Verb) -> String {
        let isUpper = verb.letter == "X"
        let pairs = text.utf8.prefix(verb.precision ?? .max).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: isUpper)
        }
        let prefix = verb.flags.contains("#") && !pairs.isEmpty ? (isUpper ? "0X" : "0x") : ""
        return prefix + pairs.joined(separator: verb.flags.contains(" ") ? " " : "")
    }

    private static func wrong(_ value: JSONValue, _ verb: Verb) -> String {
        guard value != .null else { return "%!\(verb.letter)(<nil>)" }
        return "%!\(verb.letter)(\(typeName(value))=\(GoText.value(value)))"
    }

    private static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "<nil>"
        case .bool: "bool"
        case .integer: "int"
        case .number: "float64"
        case .string: "string"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        }
    }

    // MARK: Width

    private static func sign(_ isNegative: Bool, _ verb: Verb) -> String {
        if isNegative { return "-" }
        // With %v, the plus has another meaning, which does not apply to numbers.
        return verb.flags.contains("+") && verb.letter != "v" ? "+" : verb.flags.contains(" ") ? " " : ""
    }

    private static func pad(_ text: String, sign: String = "", _ verb: Verb) -> String {
        let missing = verb.width - sign.count - text.unicodeScalars.count
        guard missing > 0 else { return sign + text }
        if verb.flags.contains("-") { return sign + text + String(repeating: " ", count: missing) }
        // A precision sets the number of an integer's digits and disables zero padding.
        let isWholeWithDigits = verb.precision != nil && "dxXob".contains(verb.letter)
        if verb.flags.contains("0"), !isWholeWithDigits {
            return sign + String(repeating: "0", count: missing) + text
        }
        return String(repeating: " ", count: missing) + sign + text
    }
}
