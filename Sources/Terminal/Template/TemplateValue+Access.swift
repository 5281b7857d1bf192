internal import JSON

/// A misused value. The evaluator adds the position.
struct TemplateMisuse: Error {
    let problem: String
}

extension TemplateValue {
    /// The member for `.name` in a template: the one of exactly that name, or else the first whose name is the same
    /// except for case and the signs `.`, `_` and `-`, so that `.OSVersion` finds `os.version`.
    ///
    /// JSON may lack any field, but the program's own fields are known, so an unknown name there is an error.
    ///
    /// - Throws: ``TemplateMisuse`` if there is no such field, or the value cannot have fields; the error of a lazy
    ///   value.
    func field(_ name: String) async throws -> TemplateValue {
        switch try await opened() {
        case .json(.null): return .missing
        case .json(.object(let object)):
            if let value = object[name] { return .json(value) }
            let key = Self.fieldKey(name)
            return object.members.first { Self.fieldKey($0.name) == key }.map { .json($0.value) } ?? .missing
        case .object(let members):
            let exact = members.first { $0.name == name }
            let key = Self.fieldKey(name)
            guard let member = exact ?? members.first(where: { Self.fieldKey($0.name) == key }) else {
                let names = members.map(\.name).joined(separator: ", ")
                throw TemplateMisuse(problem: "there is no field .\(name); there are \(names)")
            }
            return member.value
        case let other:
            throw TemplateMisuse(problem: "\(other.kind) has no field .\(name)")
        }
    }

    /// The element or member for `index`. Names of members have to match exactly.
    func element(_ key: JSONValue) async throws -> TemplateValue {
        let value = try await opened()
        switch (value, key) {
        case (.json(.null), .string): return .missing
        case (.json(.object(let object)), .string(let name)): return .json(object[name] ?? .null)
        case (.object(let members), .string(let name)):
            return members.first { $0.name == name }?.value ?? .missing
        case (.json(.array(let elements)), .integer(let index)):
            guard elements.indices.contains(Int(index)) else {
                throw TemplateMisuse(problem: "there is no element \(index) among \(elements.count)")
            }
            return .json(elements[Int(index)])
        case (.json(.string(let text)), .integer(let index)):
            let bytes = Array(text.utf8)
            guard bytes.indices.contains(Int(index)) else {
                throw TemplateMisuse(problem: "there is no byte \(index) among \(bytes.count)")
            }
            return .json(.integer(Int64(bytes[Int(index)])))
        default:
            throw TemplateMisuse(problem: "\(value.kind) has no index that is \(TemplateValue.json(key).kind)")
        }
    }

    /// Returns true for everything but `null`, false, zero and empty values.
    func isTrue() async throws -> Bool {
        switch try await opened() {
        case .json(.null), .lazy: false
        case .json(.bool(let value)): value
        case .json(.integer(let value)): value != 0
        case .json(.number(let number)): number.value != 0
        case .json(.string(let value)): !value.isEmpty
        case .json(.array(let value)): !value.isEmpty
        case .json(.object(let value)): !value.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// The elements of a range: indexes and elements, or keys in order and values.
    func elements() async throws -> [(key: JSONValue, value: TemplateValue)] {
        switch try await opened() {
        case .json(.null): return []
        case .json(.array(let elements)):
            return elements.enumerated().map { (.integer(Int64($0.offset)), .json($0.element)) }
        case .json(.object(let object)):
            return object.sorted.members.map { (.string($0.name), .json($0.value)) }
        case .object(let members):
            let sorted = members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            return sorted.map { (.string($0.name), $0.value) }
        case let other:
            throw TemplateMisuse(problem: "range goes through arrays and objects, not through \(other.kind)")
        }
    }

    /// The kind of the value, for messages.
    var kind: String {
        switch self {
        case .json(.null): "nothing"
        case .json(.bool): "a boolean"
        case .json(.integer), .json(.number): "a number"
        case .json(.string): "a string"
        case .json(.array): "an array"
        case .json(.object), .object, .lazy: "an object"
        }
    }

    private static func fieldKey(_ name: String) -> String {
        name.filter { $0 != "." && $0 != "_" && $0 != "-" }.lowercased()
    }
}
