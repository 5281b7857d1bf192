package import JSON

/// A path in a JSON document, such as `manifests[3].platform.os`.
package struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package static let root = JSONPath(description: "")

    package func member(_ name: String) -> JSONPath {
        JSONPath(description: description.isEmpty ? name : "\(description).\(name)")
    }

    package func element(_ index: Int) -> JSONPath {
        JSONPath(description: "\(description)[\(index)]")
    }
}

/// A well-formed JSON document that does not have the expected structure.
package struct JSONShapeError: Error, CustomStringConvertible {
    let path: JSONPath
    let problem: String

    package init(path: JSONPath, problem: String) {
        self.path = path
        self.problem = problem
    }

    package var description: String {
        path.description.isEmpty ? problem : "\(path): \(problem)"
    }
}

/// Removes the known fields from an object one by one, leaving the unknown ones.
///
/// A field that is `null` counts as absent.
package struct JSONFields {
    /// The fields not removed yet, in order.
    package private(set) var remaining: [JSONObject.Member]
    private let path: JSONPath

    package init(_ json: JSONValue, at path: JSONPath) throws(JSONShapeError) {
        guard let object = json.object else {
            throw JSONShapeError(path: path, problem: "it is a JSON \(json.kind), not an object")
        }
        remaining = object.members
        self.path = path
    }

    package mutating func value(_ name: String) -> JSONValue? {
        guard let index = remaining.firstIndex(where: { $0.name == name }) else { return nil }
        let value = remaining.remove(at: index).value
        return value == .null ? nil : value
    }

    package mutating func string(_ name: String) throws(JSONShapeError) -> String? {
        try value(name).map { value throws(JSONShapeError) in try expect(value.string, "string", value, name) }
    }

    package mutating func integer(_ name: String) throws(JSONShapeError) -> Int64? {
        try value(name).map { value throws(JSONShapeError) in try expect(value.integer, "whole number", value, name) }
    }

    package mutating func array(_ name: String) throws(JSONShapeError) -> [JSONValue]? {
        try value(name).map { value throws(JSONShapeError) in try expect(value.array, "array", value, name) }
    }

    package mutating func object(_ name: String) throws(JSONShapeError) -> JSONObject? {
        try value(name).map { value throws(JSONShapeError) in try expect(value.object, "object", value, name) }
    }

    /// An array of strings; empty if absent.
    package mutating func strings(_ name: String) throws(JSONShapeError) -> [String] {
        var strings: [String] = []
        for (index, element) in (try array(name) ?? []).enumerated() {
            strings.append(try expect(element.string, "string", element, "\(name)[\(index)]"))
        }
        return strings
    }

    /// A map from strings to strings; empty if absent.
    package mutating func stringMap(_ name: String) throws(JSONShapeError) -> [String: String] {
        var map: [String: String] = [:]
        for member in try object(name)?.members ?? [] {
            map[member.name] = try expect(member.value.string, "string", member.value, "\(name).\(member.name)")
        }
        return map
    }

    /// An array of descriptors; empty if absent.
    package mutating func descriptors(_ name: String) throws(JSONShapeError) -> [Descriptor] {
        var descriptors: [Descriptor] = []
        for (index, element) in (try array(name) ?? []).enumerated() {
            descriptors.append(try Descriptor(json: element, at: path.member(name).element(index)))
        }
        return descriptors
    }

    package mutating func descriptor(_ name: String) throws(JSONShapeError) -> Descriptor? {
        try value(name).map { value throws(JSONShapeError) in try Descriptor(json: value, at: path.member(name)) }
    }

    /// Unwraps a required field.
    package func require<Value>(_ name: String, _ value: Value?) throws(JSONShapeError) -> Value {
        guard let value else { throw JSONShapeError(path: path.member(name), problem: "it is missing") }
        return value
    }

    private func expect<Value>(
        _ value: Value?, _ kind: String, _ json: JSONValue, _ name: String
    ) throws(JSONShapeError) -> Value {
        guard let value else {
            throw JSONShapeError(path: path.member(name), problem: "it is a JSON \(json.kind), not a \(kind)")
        }
        return value
    }
}
