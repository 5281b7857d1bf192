internal import JSON

extension TemplateType {
    /// The JSON that Go writes: fields in the order of the type, without empty optional ones, and sorted maps. Fields that
    /// are not in the type follow.
    func encoded(_ value: JSONValue) -> JSONValue {
        switch (self, value) {
        case (.structure(let fields), .object(let object)): return .object(Self.encoded(object, fields))
        case (.structure(let fields), .null): return .object(Self.encoded(JSONObject(), fields))
        case (.map(let type), .object(let object)):
            return .object(JSONObject(object.sorted.members.map { .init($0.name, type.encoded($0.value)) }))
        case (.list(let type), .array(let elements)): return .array(elements.map(type.encoded))
        case (.pointer, .null): return .null
        case (.pointer(let type), _): return type.encoded(value)
        case (.any, _): return Self.sorted(value)
        case (.string, .null), (.digest, .null), (.time, .null): return ""
        case (.time, .string(let text)): return .string(Self.moment(text)?.json ?? text)
        case (.integer, .null): return 0
        case (.boolean, .null): return false
        default: return value
        }
    }

    private static func encoded(_ object: JSONObject, _ fields: [TemplateField]) -> JSONObject {
        let fields = fields.flat
        var members: [JSONObject.Member] = []
        for field in fields {
            guard let name = field.json else { continue }
            let value = object[name] ?? .null
            if !field.isOptional || !field.type.isEmpty(value) {
                members.append(.init(name, field.type.encoded(value)))
            }
        }
        let known = Set(fields.compactMap(\.json))
        members += object.members.filter { !known.contains($0.name) && $0.value != .null }
        return JSONObject(members)
    }

    /// Returns true if Go omits the value of an optional field; structures are never omitted.
    private func isEmpty(_ value: JSONValue) -> Bool {
        if case .structure = self { return false }
        return switch value {
        case .null, .bool(false), .integer(0), .string(""): true
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }

    /// The value with the members of all objects sorted.
    static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            .object(JSONObject(object.sorted.members.map { .init($0.name, sorted($0.value)) }))
        case .array(let elements): .array(elements.map(sorted))
        default: value
        }
    }

    /// Go's `%v` of a value: `{amd64 linux}`, `map[a:1]`, `[1 2]`, `<nil>`.
    func printed(_ value: JSONValue) -> String {
        switch (self, value) {
        case (.structure(let fields), .object), (.structure(let fields), .null):
            let texts = fields.map { field in
                field.type.printed(field.json.map { value[$0] ?? .null } ?? value)
            }
            return "{" + texts.joined(separator: " ") + "}"
        case (.map, .null): return "map[]"
        case (.map(let type), .object(let object)):
            let members = object.sorted.members.map { "\($0.name):\(type.printed($0.value))" }
            return "map[" + members.joined(separator: " ") + "]"
        case (.list, .null): return "[]"
        case (.list(let type), .array(let elements)):
            return "[" + elements.map(type.printed).joined(separator: " ") + "]"
        case (.pointer, .null), (.any, .null): return "<nil>"
        case (.pointer(let type), _): return type.printed(value)
        case (.time, .string(let text)): return Self.moment(text)?.printed ?? text
        default: return GoText.value(encoded(value))
        }
    }

    /// An RFC 3339 time as in Go's JSON, without trailing zeros in the fraction, and as in Go's `Time.String`,
    /// `2006-01-02 15:04:05.999999999 -0700 MST`, where an unnamed zone is its offset.
    private static func moment(_ text: String) -> (json: String, printed: String)? {
        guard
            let match = text.wholeMatch(
                of: #/(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)/#)
        else { return nil }
        var fraction = match.3.map { ".\($0)" } ?? ""
        while fraction.last == "0" || fraction.last == "." { fraction.removeLast() }
        let offset = match.4 == "+00:00" ? "Z" : match.4.uppercased()
        var zone = "+0000 UTC"
        if offset != "Z" {
            let digits = offset.filter { $0 != ":" }
            zone = "\(digits) \(digits.hasSuffix("00") ? String(digits.dropLast(2)) : digits)"
        }
        return ("\(match.1)T\(match.2)\(fraction)\(offset)", "\(match.1) \(match.2)\(fraction) \(zone)")
    }
}
