internal import JSON
internal import OCI

/// The builder that is used when none is named, as buildx remembers it.
struct BuilderSelection: Sendable, Hashable {
    /// The key of the docker context for which ``name`` is the current builder.
    var key = ""
    /// The current builder; empty for none.
    var name = ""
    /// True if it is the current builder in all contexts.
    var isGlobal = false
    /// The default builders of contexts, by the hash of the context's key.
    var defaults: [String: String] = [:]

    /// The names to try for a context, in order.
    func names(for key: String) -> [String] {
        var names: [String] = []
        if !name.isEmpty, isGlobal || self.key == key { names.append(name) }
        if let name = defaults[Self.hash(key)] { names.append(name) }
        return names
    }

    /// Selects a builder for a context.
    ///
    /// - Parameter isDefault: True to select it whenever nothing else is selected in that context.
    mutating func select(_ name: String, for key: String, isGlobal: Bool, isDefault: Bool) {
        (self.key, self.name, self.isGlobal) = (key, name, isGlobal)
        defaults[Self.hash(key)] = isDefault ? name : nil
    }

    /// Forgets a builder.
    ///
    /// - Returns: True if it was selected anywhere.
    mutating func forget(_ name: String) -> Bool {
        let before = self
        if self.name == name { (self.name, isGlobal) = ("", false) }
        defaults = defaults.filter { $0.value != name }
        return self != before
    }

    /// The name of the file in which buildx keeps the default builder of a context.
    static func hash(_ key: String) -> String { String(Digest(of: Array(key.utf8)).hex.prefix(20)) }
}

extension BuilderSelection {
    /// Parses the current builder in the format of buildx.
    ///
    /// - Throws: ``JSONError``, ``JSONShapeError``.
    init(parsing bytes: [UInt8]) throws {
        var fields = try JSONFields(try JSONValue(parsing: bytes), at: .root)
        key = try fields.string("Key") ?? ""
        name = try fields.string("Name") ?? ""
        isGlobal = fields.value("Global")?.bool ?? false
        defaults = try fields.stringMap("Defaults")
    }

    var json: JSONValue {
        let members = defaults.map { JSONObject.Member($0.key, .string($0.value)) }
        return [
            "Key": .string(key), "Name": .string(name), "Global": .bool(isGlobal),
            "Defaults": .object(JSONObject(members).sorted),
        ]
    }
}
