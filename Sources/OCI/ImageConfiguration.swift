package import JSON

/// An image configuration (image-spec, config.md). Fields that are not changed are preserved, known or not.
package struct ImageConfiguration: Sendable, Hashable {
    package private(set) var json: JSONObject

    /// An empty configuration.
    package init() {
        json = JSONObject()
    }

    /// - Throws: ``JSONShapeError`` if the value is not an object.
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

    /// A field of `config`, the defaults for containers; `config` disappears with its last field.
    package subscript(runtime name: String) -> JSONValue? {
        get { json["config"]?[name] }
        set {
            var runtime = json["config"]?.object ?? JSONObject()
            runtime[name] = newValue
            json["config"] = runtime.isEmpty ? nil : .object(runtime)
        }
    }

    /// The strings of an array in `config`; empty if there is none.
    package func strings(_ name: String) -> [String] {
        (self[runtime: name]?.array ?? []).compactMap(\.string)
    }

    /// Adds names to a set in `config`, such as `ExposedPorts` and `Volumes`, sorted by name.
    package mutating func insert(_ names: [String], into field: String) {
        merge(names.map { ($0, [:]) }, into: field)
    }

    /// Adds labels, sorted by name.
    package mutating func label(_ labels: [(name: String, value: String)]) {
        merge(labels.map { ($0.name, .string($0.value)) }, into: "Labels")
    }

    private mutating func merge(_ members: [(String, JSONValue)], into field: String) {
        let old = (self[runtime: field]?.object?.members ?? []).map { ($0.name, $0.value) }
        let all = Dictionary(old + members) { _, new in new }
        let object = JSONObject(all.map { JSONObject.Member($0.key, $0.value) }).sorted
        self[runtime: field] = object.isEmpty ? nil : .object(object)
    }

    /// The platform of the image.
    package var platform: Platform? {
        var platform = try? Platform(json: .object(json), at: .root)
        // All other fields belong to the configuration.
        platform?.other = []
        return platform
    }

    /// The diff IDs of the layers, the lowest first ("rootfs").
    ///
    /// - Throws: ``ImageError`` if one of them is not a digest.
    package var diffIDs: [Digest] {
        get throws(ImageError) {
            var ids: [Digest] = []
            for value in json["rootfs"]?["diff_ids"]?.array ?? [] { ids.append(try Digest(value.string ?? "")) }
            return ids
        }
    }
}
