package import JSON

/// What a template is filled in with: JSON, of which parts may be got only when the template asks for them.
///
/// `null` stands for whatever is not there: it is false, shows nothing, and equals the empty string, zero and false.
package enum TemplateValue: Sendable {
    case json(JSONValue)
    case object([TemplateMember])
    case lazy(LazyValue)

    package static let missing = TemplateValue.json(.null)
}

/// A name in an object that a template sees, and its value.
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
    /// Whether it can be had without waiting.
    private var isReady: Bool {
        switch self {
        case .json: true
        case .object(let members): members.allSatisfy(\.value.isReady)
        case .lazy: false
        }
    }

    /// The value itself, with the members of an object left as they are.
    func opened() async throws -> TemplateValue {
        var value = self
        while case .lazy(let lazy) = value { value = try await lazy.value() }
        return value
    }

    /// The value with everything in it. Members that have to be waited for are waited for together.
    package func resolved() async throws -> JSONValue {
        switch try await opened() {
        case .json(let json): return json
        case .lazy: return .null  // Opening leaves nothing lazy.
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
