internal import JSON

extension TemplateFunction {
    static let comparisons = [
        TemplateFunction("eq", 2...Int.max, .json(isAnyEqual)),
        TemplateFunction(
            "ne", 2...2, .json { values throws(TemplateMisuse) in .bool(!(try areEqual(values[0], values[1]))) }),
        TemplateFunction(
            "lt", 2...2, .json { values throws(TemplateMisuse) in .bool(try isLess(values[0], values[1])) }),
        TemplateFunction(
            "ge", 2...2, .json { values throws(TemplateMisuse) in .bool(!(try isLess(values[0], values[1]))) }),
        TemplateFunction(
            "gt", 2...2, .json { values throws(TemplateMisuse) in .bool(try isLess(values[1], values[0])) }),
        TemplateFunction(
            "le", 2...2, .json { values throws(TemplateMisuse) in .bool(!(try isLess(values[1], values[0]))) }),
    ]

    /// Returns true if the first argument equals one of the others.
    @Sendable private static func isAnyEqual(_ values: [JSONValue]) throws(TemplateMisuse) -> JSONValue {
        for value in values.dropFirst() where try areEqual(values[0], value) { return true }
        return false
    }

    private static func areEqual(_ one: JSONValue, _ other: JSONValue) throws(TemplateMisuse) -> Bool {
        switch (one, other) {
        case (.string, .string), (.bool, .bool), (.integer, .integer), (.null, .null): return one == other
        case (.null, _): return try areEqual(try emptyValue(like: other), other)
        case (_, .null): return try areEqual(one, try emptyValue(like: one))
        case (.integer, .number), (.number, .integer), (.number, .number): return number(one) == number(other)
        default: throw incomparable(one, other)
        }
    }

    private static func isLess(_ one: JSONValue, _ other: JSONValue) throws(TemplateMisuse) -> Bool {
        switch (one, other) {
        case (.string(let one), .string(let other)): return one.utf8.lexicographicallyPrecedes(other.utf8)
        case (.integer(let one), .integer(let other)): return one < other
        case (.null, .string), (.null, .integer), (.null, .number):
            return try isLess(try emptyValue(like: other), other)
        case (.string, .null), (.integer, .null), (.number, .null):
            return try isLess(one, try emptyValue(like: one))
        default:
            guard let first = number(one), let second = number(other) else { throw incomparable(one, other) }
            return first < second
        }
    }

    /// The empty value for a missing field.
    private static func emptyValue(like value: JSONValue) throws(TemplateMisuse) -> JSONValue {
        switch value {
        case .string: return ""
        case .integer: return 0
        case .number: return .real(0)
        case .bool: return false
        default: throw incomparable(.null, value)
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let value): Double(value)
        case .number(let number): number.value
        default: nil
        }
    }

    private static func incomparable(_ one: JSONValue, _ other: JSONValue) -> TemplateMisuse {
        let kinds = [one, other].map { TemplateValue.json($0).kind }
        return TemplateMisuse(problem: "\(kinds[0]) and \(kinds[1]) cannot be compared")
    }
}
