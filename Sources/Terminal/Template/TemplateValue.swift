package import JSON

/// The data of a template: JSON with parts that are only loaded on demand.
///
/// `null` stands for anything missing: it is false, has an empty text, and equals the empty string, zero and false.
package enum TemplateValue: Sendable {
    case json(JSONValue)
    case object([TemplateMember])
    case lazy(LazyValue)

    package static let missing = TemplateValue.json(.null)
}

/// The name of a member, and its value.
package struct TemplateMember: Sendable {
    package let name: String
    package let value: TemplateValue

    package init(_ name: String, _ value: TemplateValue) {
        self.name = name
        self.value = value
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
        case .json: true
        case .object(let members): members.allSatisfy(\.value.isReady)
        case .lazy: false
        }
    }

    /// The value itself; lazy members of an object stay unevaluated.
    func opened() async throws -> TemplateValue {
        var value = self
        while case .lazy(let lazy) = value { value = try await lazy.value() }
        return value
    }

    /// The value fully evaluated. Lazy members are loaded concurrently.
    package func resolved() async throws -> JSONValue {
        switch try await opened() {
        case .json(let json): return json
        case .lazy: return .null  // An opened value is never lazy.
        case .object(let members):
            var values = [JSONValue](repeating: .null, count: members.count)
            try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
                for (index, member) in members.enumerated() {
                    if member.value.isReady {
                        values[index] = try await member.value.resolved()
                    } else {
                        group.addTask { (index, try await member.value.resolved()) }
                    }
                }
                for try await (index, value) in group { values[index] = value }
            }
            return .object(JSONObject(zip(members, values).map { .init($0.name, $1) }))
        }
    }
}
