package import JSON

/// An image configuration (image-spec, config.md), of which everything is kept that is not changed.
package struct ImageConfiguration: Sendable, Hashable {
    package private(set) var json: JSONObject

    /// The configuration of an image that has nothing yet.
    package init() {
        json = JSONObject()
    }

    /// - Throws: ``JSONShapeError`` when it is no object.
    package init(json: JSONValue) throws(JSONShapeError) {
        guard let object = json.object else {
            throw JSONShapeError(path: .root, problem: "it is a JSON \(json.kind), not an object")
        }
        self.json = object
    }

    /// A top-level field.
    package subscript(field: String) -> JSONValue? {
        get { json[field] }
        set { json[field] = newValue }
    }

    /// What a container of the image starts with: a field of `config`, which goes away with its last field.
    package subscript(runtime name: String) -> JSONValue? {
        get { json["config"]?[name] }
        set {
            var runtime = json["config"]?.object ?? JSONObject()
            runtime[name] = newValue
            json["config"] = runtime.isEmpty ? nil : .object(runtime)
        }
    }

    /// The strings of a field of `config` that is an array of them; empty when there is none.
    package func strings(_ name: String) -> [String] {
        (self[runtime: name]?.array ?? []).compactMap(\.string)
    }

    /// Adds names to a field of `config` that is a set, as `ExposedPorts` and `Volumes`, kept in the order of the names.
    package mutating func insert(_ names: [String], into field: String) {
        merge(names.map { ($0, [:]) }, into: field)
    }

    /// Adds labels, kept in the order of their names.
    package mutating func label(_ labels: [(name: String, value: String)]) {
        merge(labels.map { ($0.name, .string($0.value)) }, into: "Labels")
    }

    private mutating func merge(_ members: [(String, JSONValue)], into field: String) {
        let old = (self[runtime: field]?.object?.members ?? []).map { ($0.name, $0.value) }
        let all = Dictionary(old + members) { _, new in new }
        let object = JSONObject(all.map { JSONObject.Member($0.key, $0.value) }).sorted
        self[runtime: field] = object.isEmpty ? nil : .object(object)
    }

    /// The platform that it says the image is for.
    package var platform: Platform? {
        var platform = try? Platform(json: .object(json), at: .root)
        // The other fields are the configuration's.
        platform?.other = []
        return platform
    }

    /// The diff ids of the layers, the lowest first ("rootfs").
    ///
    /// - Throws: ``ImageError`` when one of them is no digest.
    package var diffIDs: [Digest] {
        get throws(ImageError) {
            var ids: [Digest] = []
            for value in json["rootfs"]?["diff_ids"]?.array ?? [] { ids.append(try Digest(value.string ?? "")) }
            return ids
        }
    }
}
