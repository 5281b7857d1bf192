internal import JSON

/// The functions that Docker adds to Go's.
extension TemplateFunction {
    static let texts = [
        TemplateFunction(
            "lower", 1...1, .json { values throws(TemplateMisuse) in .string(try text(values[0]).lowercased()) }),
        TemplateFunction(
            "upper", 1...1, .json { values throws(TemplateMisuse) in .string(try text(values[0]).uppercased()) }),
        TemplateFunction(
            "title", 1...1, .json { values throws(TemplateMisuse) in .string(titled(try text(values[0]))) }),
        TemplateFunction("join", 2...2, .json(join)),
        TemplateFunction("split", 2...2, .json(split)),
        TemplateFunction("pad", 3...3, .json(pad)),
        TemplateFunction("truncate", 2...2, .json(truncate)),
    ]

    private static func text(_ value: JSONValue) throws(TemplateMisuse) -> String {
        if case .null = value { return "" }
        guard let text = value.string else {
            throw TemplateMisuse(problem: "a string is expected here, not \(TemplateValue.json(value).kind)")
        }
        return text
    }

    private static func count(_ value: JSONValue) throws(TemplateMisuse) -> Int {
        guard let count = value.integer, (0...65536).contains(count) else {
            throw TemplateMisuse(problem: "a number of characters up to 65536 is expected here")
        }
        return Int(count)
    }

    /// The text with the first letter of every word capitalised.
    private static func titled(_ text: String) -> String {
        var startsWord = true
        return String(
            text.flatMap { character -> String in
                defer { startsWord = !(character.isLetter || character.isNumber || "_'".contains(character)) }
                return startsWord ? character.uppercased() : String(character)
            })
    }

    /// `join strings separator`
    @Sendable private static func join(_ values: [JSONValue]) throws(TemplateMisuse) -> JSONValue {
        if case .null = values[0] { return "" }
        guard let elements = values[0].array else {
            throw TemplateMisuse(problem: "join takes an array, not \(TemplateValue.json(values[0]).kind)")
        }
        var strings: [String] = []
        for element in elements { strings.append(try text(element)) }
        return .string(strings.joined(separator: try text(values[1])))
    }

    /// `split string separator`; an empty separator splits into characters.
    @Sendable private static func split(_ values: [JSONValue]) throws(TemplateMisuse) -> JSONValue {
        let whole = Array(try text(values[0]).unicodeScalars)
        let separator = Array(try text(values[1]).unicodeScalars)
        if separator.isEmpty { return .array(whole.map { .string(String(Character($0))) }) }
        var pieces: [JSONValue] = []
        var start = 0
        var index = 0
        while index + separator.count <= whole.count {
            if whole[index...].starts(with: separator) {
                pieces.append(.string(TemplateLexer.string(whole[start..<index])))
                index += separator.count
                start = index
            } else {
                index += 1
            }
        }
        return .array(pieces + [.string(TemplateLexer.string(whole[start...]))])
    }

    /// `pad string before after`: spaces around a non-empty string.
    @Sendable private static func pad(_ values: [JSONValue]) throws(TemplateMisuse) -> JSONValue {
        let inner = try text(values[0])
        let (before, after) = (try count(values[1]), try count(values[2]))
        if inner.isEmpty { return "" }
        return .string(String(repeating: " ", count: before) + inner + String(repeating: " ", count: after))
    }

    /// `truncate string count`
    @Sendable private static func truncate(_ values: [JSONValue]) throws(TemplateMisuse) -> JSONValue {
        .string(String(try text(values[0]).prefix(try count(values[1]))))
    }
}
