package import JSON

/// The data of a template: JSON with parts that are only loaded on demand.
///
/// `null` stands for anything missing: it is false, prints as `<no value>`, and equals the empty string, zero and false.
package enum TemplateValue: Sendable {
    case json(JSONValue)
    /// JSON of a known type: a field missing in both is an error.
    case typed(JSONValue, TemplateType)
    case object([TemplateMember])
    case lazy(LazyValue)
    /// A missing member of an object, with the reason for messages.
    case absent(String)

    package static let missing = TemplateValue.json(.null)
}

/// The name of a member, and its value.
package struct TemplateMember: Sendable {
    package let name: String
    package let value: TemplateValue
    /// True for a member that is found by its name only, like a method in Go.
    package let isMethod: Bool

    package init(_ name: String, _ value: TemplateValue, isMethod: Bool = false) {
        self.name = name
        self.value = value
        self.isMethod = isMethod
    }
}

extension TemplateValue: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, TemplateValue)...) {
        self = .object(elements.map { TemplateMember($0.0, $0.1) })
    }
}

extension TemplateValue {
    /// True if no lazy value is involved.
    private var isReady: Bool {
        switch self {
        case .json, .typed, .absent: true
        case .object(let members): members.allSatisfy(\.value.isReady)
        case .lazy: false
        }
    }

    /// The value itself; lazy members of an object stay unevaluated.
    func opened() async throws -> TemplateValue {
        var value = self
        while true {
            switch value {
            case .lazy(let lazy): value = try await lazy.value()
            case .typed(let json, .any): return .json(TemplateType.sorted(json))
            case .typed(let json, .pointer(let type)) where json != .null: value = .typed(json, type)
            default: return value
            }
        }
    }

    /// The value fully evaluated. Lazy members are loaded concurrently.
    package func resolved() async throws -> JSONValue {
        let members = try await opened().members { try await $0.resolved() }
        return switch members {
        case .value(.json(let json)): json
        case .value(.typed(let json, let type)): type.encoded(json)
        case .value: .null
        case .members(let members): .object(JSONObject(members.map { .init($0.name, $1) }))
        }
    }

    /// The text of the value in an action: Go's `%v`.
    func printed() async throws -> String {
        switch try await opened().members({ try await $0.printed() }) {
        case .value(.json(.null)): return "<no value>"
        case .value(.json(let json)): return GoText.value(json)
        case .value(.typed(let json, let type)): return type.printed(json)
        case .value: return "<nil>"
        case .members(let members):
            let sorted = members.sorted { $0.0.name.utf8.lexicographicallyPrecedes($1.0.name.utf8) }
            return "map[" + sorted.map { member, text in "\(member.name):\(text)" }.joined(separator: " ") + "]"
        }
    }

    private enum Parts<Part> {
        case value(TemplateValue)
        case members([(TemplateMember, Part)])
    }

    /// Transforms all members of an object, concurrently where they are lazy.
    private func members<Part: Sendable>(
        _ transform: @Sendable @escaping (TemplateValue) async throws -> Part
    ) async throws -> Parts<Part> {
        guard case .object(let all) = self else { return .value(self) }
        let members = all.filter { !$0.isMethod }
        var parts = [Part?](repeating: nil, count: members.count)
        try await withThrowingTaskGroup(of: (Int, Part).self) { group in
            for (index, member) in members.enumerated() {
                if member.value.isReady {
                    parts[index] = try await transform(member.value)
                } else {
                    group.addTask { (index, try await transform(member.value)) }
                }
            }
            for try await (index, part) in group { parts[index] = part }
        }
        return .members(zip(members, parts).compactMap { member, part in part.map { (member, $0) } })
    }
}
