internal import JSON
internal import Spelling

/// A misused value. The evaluator adds the position.
struct TemplateMisuse: Error {
    let problem: String
}

extension TemplateValue {
    /// The member for `.name` in a template: the one of exactly that name, or else the first whose name is the same
    /// except for case and the signs `.`, `_` and `-`, so that `.OSVersion` finds `os.version`.
    ///
    /// JSON may lack any field, but the program's own fields and those of types are known, so an unknown name there is an
    /// error.
    ///
    /// - Throws: ``TemplateMisuse`` if there is no such field, or the value cannot have fields; the error of a lazy
    ///   value.
    func field(_ name: String) async throws -> TemplateValue {
        switch try await opened() {
        case .json(.null): return .missing
        case .json(.object(let object)): return .json(object.member(called: name) ?? .null)
        case .object(let members):
            let exact = members.first { $0.name == name }
            let key = Self.fieldKey(name)
            guard let member = exact ?? members.first(where: { Self.fieldKey($0.name) == key }) else {
                // In Go's spelling, unless they are keys of a map.
                let names = members.map(\.name)
                let areFields = names.allSatisfy { $0.allSatisfy(\.isLetter) }
                let known = areFields ? names.map { $0.prefix(1).uppercased() + $0.dropFirst() } : names
                throw TemplateMisuse(problem: Self.noField(name, among: known))
            }
            return member.value
        case .absent(let reason): throw TemplateMisuse(problem: "\(reason), so there is no field .\(name) of it")
        case .typed(let json, let type): return try type.field(name, of: json)
        case let other:
            throw TemplateMisuse(problem: "\(other.kind) has no field .\(name)")
        }
    }

    static func noField(_ name: String, among known: [String]) -> String {
        let advice = NearestName.of(name, in: known).map { "did you mean .\($0)?" }
        return "there is no field .\(name)"
            + (advice.map { ", \($0)" } ?? "; there are \(known.joined(separator: ", "))")
    }

    /// The element or member for `index`. Names of members have to match exactly.
    func element(_ key: JSONValue) async throws -> TemplateValue {
        let value = try await opened()
        switch (value, key) {
        case (.json(.null), .string): return .missing
        case (.json(.object(let object)), .string(let name)): return .json(object[name] ?? .null)
        case (.object(let members), .string(let name)):
            let known = members.map(\.name).joined(separator: ", ")
            return members.first { $0.name == name }?.value
                ?? .absent("there is no \"\(name)\"" + (known.isEmpty ? "" : " among \(known)"))
        case (.typed(let json, .map(let type)), .string(let name)): return .typed(json[name] ?? .null, type)
        case (.typed(.array(let elements), .list(let type)), .integer(let index)):
            return .typed(try Self.element(index, of: elements), type)
        case (.typed(.null, .list), .integer(let index)), (.typed(.null, .pointer(.list)), .integer(let index)):
            return .json(try Self.element(index, of: [JSONValue]()))
        case (.json(.array(let elements)), .integer(let index)): return .json(try Self.element(index, of: elements))
        case (.json(.string(let text)), .integer(let index)), (.typed(.string(let text), _), .integer(let index)):
            return .json(.integer(Int64(try Self.element(index, of: Array(text.utf8), "byte"))))
        default:
            throw TemplateMisuse(problem: "\(value.kind) has no index that is \(TemplateValue.json(key).kind)")
        }
    }

    private static func element<Element>(
        _ index: Int64, of elements: [Element], _ name: String = "element"
    ) throws(TemplateMisuse) -> Element {
        guard let place = Int(exactly: index), elements.indices.contains(place) else {
            throw TemplateMisuse(problem: "there is no \(name) \(index) among \(elements.count)")
        }
        return elements[place]
    }

    /// Returns true for everything but `null`, false, zero and empty values.
    func isTrue() async throws -> Bool {
        switch try await opened() {
        case .typed(_, .structure): true
        case .lazy, .absent: false
        case .json(let json), .typed(let json, _): Self.isTrue(json)
        case .object(let members): !members.isEmpty
        }
    }

    private static func isTrue(_ json: JSONValue) -> Bool {
        switch json {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let number): number.value != 0
        case .string(let value): !value.isEmpty
        case .array(let value): !value.isEmpty
        case .object(let value): !value.isEmpty
        }
    }

    /// The elements of a range: indexes and elements, or keys in order and values.
    func elements() async throws -> [(key: JSONValue, value: TemplateValue)] {
        func numbered(_ values: [TemplateValue]) -> [(key: JSONValue, value: TemplateValue)] {
            values.enumerated().map { (.integer(Int64($0.offset)), $0.element) }
        }
        switch try await opened() {
        case .json(.null), .typed(.null, .list), .typed(.null, .map), .absent: return []
        case .json(.array(let elements)): return numbered(elements.map { .json($0) })
        case .typed(.array(let elements), .list(let type)): return numbered(elements.map { .typed($0, type) })
        case .json(.object(let object)):
            return object.sorted.members.map { (.string($0.name), .json($0.value)) }
        case .typed(.object(let object), .map(let type)):
            return object.sorted.members.map { (.string($0.name), .typed($0.value, type)) }
        case .object(let members):
            let sorted = members.filter { !$0.isMethod }
                .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            return sorted.map { (.string($0.name), $0.value) }
        case let other:
            throw TemplateMisuse(problem: "range goes through arrays and objects, not through \(other.kind)")
        }
    }

    /// The number of elements or bytes.
    func length() async throws -> Int {
        let value = try await opened()
        switch value {
        case .json(.null), .typed(.null, .list), .typed(.null, .map), .typed(.null, .string), .absent: return 0
        case .json(.string(let text)), .typed(.string(let text), _): return text.utf8.count
        case .json(.array(let elements)), .typed(.array(let elements), _): return elements.count
        case .json(.object(let object)), .typed(.object(let object), .map): return object.members.count
        case .object(let members): return members.count { !$0.isMethod }
        default: throw TemplateMisuse(problem: "\(value.kind) has no length")
        }
    }

    /// The kind of the value, for messages.
    var kind: String {
        switch self {
        case .json(.null), .absent, .typed(.null, .pointer): "nothing"
        case .json(.bool): "a boolean"
        case .json(.integer), .json(.number): "a number"
        case .json(.string): "a string"
        case .json(.array): "an array"
        case .json(.object), .object, .lazy: "an object"
        case .typed(_, .structure): "a structure"
        case .typed(let json, let type): TemplateValue.json(type.encoded(json)).kind
        }
    }

    static func fieldKey(_ name: String) -> String {
        name.filter { $0 != "." && $0 != "_" && $0 != "-" }.lowercased()
    }
}

extension JSONObject {
    /// The member for a name in a template.
    fileprivate func member(called name: String) -> JSONValue? {
        if let value = self[name] { return value }
        let key = TemplateValue.fieldKey(name)
        return members.first { TemplateValue.fieldKey($0.name) == key }?.value
    }
}

extension TemplateType {
    /// A field of a value of this type.
    fileprivate func field(_ name: String, of json: JSONValue) throws(TemplateMisuse) -> TemplateValue {
        switch self {
        case .structure(let fields):
            if let field = fields.named(name) { return .typed(field.json.flatMap { json[$0] } ?? .null, field.type) }
            // Fields beyond the type may be there, too.
            if let value = json.object?.member(called: name) { return .json(value) }
            throw TemplateMisuse(problem: TemplateValue.noField(name, among: fields.flat.map(\.name)))
        case .map(let type):
            if let value = json[name] { return .typed(value, type) }
            guard case .structure = type else { return .missing }
            let keys = json.object?.members.map(\.name) ?? []
            throw TemplateMisuse(
                problem: keys.isEmpty ? "nothing has no field .\(name)" : TemplateValue.noField(name, among: keys))
        case .digest:
            let parts = (json.string ?? "").split(separator: ":", maxSplits: 1).map(String.init)
            switch name {
            case "String": return .json(.string(json.string ?? ""))
            case "Algorithm" where parts.count == 2: return .json(.string(parts[0]))
            case "Encoded" where parts.count == 2, "Hex" where parts.count == 2: return .json(.string(parts[1]))
            case "Algorithm", "Encoded", "Hex": throw TemplateMisuse(problem: "it is no digest, so it has no .\(name)")
            default: throw TemplateMisuse(problem: TemplateValue.noField(name, among: Self.digestMethods))
            }
        default:
            throw TemplateMisuse(problem: "\(TemplateValue.typed(json, self).kind) has no field .\(name)")
        }
    }

    private static let digestMethods = ["Algorithm", "Encoded", "Hex", "String"]
}
