internal import CTOML
internal import Glibc
internal import JSON
internal import OCI

extension RegistryEntry {
    /// Parses the tables of a file.
    ///
    /// - Throws: `TOMLError` or `JSONShapeError`, with the location of the error.
    static func parse(_ bytes: [UInt8], from file: String) throws -> [RegistryEntry] {
        var fields = try JSONFields(JSONValue(toml: bytes), at: .root)
        var entries: [RegistryEntry] = []
        for (index, table) in try fields.array("registry")?.enumerated() ?? [].enumerated() {
            entries.append(try RegistryEntry(table, at: JSONPath.root.member("registry").element(index), from: file))
        }
        if let old = try fields.object("registries") {
            entries += try parseVersion1(.object(old), from: file)
        }
        return entries
    }

    private static func parseVersion1(_ json: JSONValue, from file: String) throws -> [RegistryEntry] {
        let path = JSONPath.root.member("registries")
        var fields = try JSONFields(json, at: path)
        func names(_ list: String) throws -> [String] {
            guard let table = fields.value(list) else { return [] }
            var inner = try JSONFields(table, at: path.member(list))
            return try inner.strings("registries").map { try location($0, at: path.member(list)) }
        }
        let insecure = try names("insecure")
        let blocked = try names("block")
        return (insecure + blocked.filter { !insecure.contains($0) }).map { name in
            RegistryEntry(
                prefix: name, location: name, insecure: insecure.contains(name), blocked: blocked.contains(name),
                mirrors: [], file: file)
        }
    }

    private init(_ json: JSONValue, at path: JSONPath, from file: String) throws {
        var fields = try JSONFields(json, at: path)
        let prefix = try Self.location(fields.string("prefix") ?? "", at: path.member("prefix"))
        let location = try Self.location(fields.string("location") ?? "", at: path.member("location"))
        if prefix.isEmpty, location.isEmpty {
            throw JSONShapeError(path: path, problem: "it has neither prefix nor location")
        }
        self.prefix = prefix.isEmpty ? location : prefix
        self.location = location
        try Self.checkWildcard(self.prefix, at: path)
        if location.isEmpty, !self.prefix.hasPrefix("*.") {
            throw JSONShapeError(path: path, problem: "the prefix \"\(prefix)\" has no location")
        }
        insecure = try Self.bool(fields.value("insecure"), at: path.member("insecure"))
        blocked = try Self.bool(fields.value("blocked"), at: path.member("blocked"))
        let digestOnly = try Self.bool(fields.value("mirror-by-digest-only"), at: path.member("mirror-by-digest-only"))
        var mirrors: [Mirror] = []
        for (index, mirror) in try fields.array("mirror")?.enumerated() ?? [].enumerated() {
            mirrors.append(try Mirror(mirror, at: path.member("mirror").element(index), byDigestOnly: digestOnly))
        }
        self.mirrors = mirrors
        self.file = file
    }

    private static func checkWildcard(_ prefix: String, at path: JSONPath) throws {
        guard prefix.contains("*") else { return }
        let domain = prefix.dropFirst(2)
        guard prefix.hasPrefix("*."), !domain.isEmpty, !domain.contains(where: { "*/:@".contains($0) }) else {
            throw JSONShapeError(path: path, problem: "\"\(prefix)\" is not a wildcard; those look like *.example.com")
        }
    }

    /// A host with an optional path, not a URL.
    fileprivate static func location(_ text: String, at path: JSONPath) throws -> String {
        for scheme in ["http://", "https://", "docker://"] where text.hasPrefix(scheme) {
            throw JSONShapeError(path: path, problem: "\"\(text)\" begins with \(scheme), which does not belong there")
        }
        var text = text[...]
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }

    fileprivate static func bool(_ json: JSONValue?, at path: JSONPath) throws -> Bool {
        guard let json else { return false }
        guard let bool = json.bool else {
            throw JSONShapeError(path: path, problem: "it is neither true nor false")
        }
        return bool
    }
}

extension RegistryEntry.Mirror {
    fileprivate init(_ json: JSONValue, at path: JSONPath, byDigestOnly: Bool) throws {
        var fields = try JSONFields(json, at: path)
        location = try RegistryEntry.location(
            fields.require("location", fields.string("location")), at: path.member("location"))
        insecure = try RegistryEntry.bool(fields.value("insecure"), at: path.member("insecure"))
        let use = try fields.string("pull-from-mirror") ?? ""
        if byDigestOnly, !use.isEmpty {
            throw JSONShapeError(
                path: path, problem: "pull-from-mirror cannot stand beside mirror-by-digest-only of its registry")
        }
        guard let known = use.isEmpty ? (byDigestOnly ? .digestOnly : .all) : Use(rawValue: use) else {
            throw JSONShapeError(
                path: path.member("pull-from-mirror"), problem: "\"\(use)\" is not all, digest-only or tag-only")
        }
        self.use = known
    }
}

/// A text that is not a TOML document.
struct TOMLError: Error, CustomStringConvertible {
    let description: String
}

extension JSONValue {
    /// Parses a TOML document. Non-ASCII characters become `?`.
    ///
    /// - Throws: ``TOMLError``.
    init(toml bytes: [UInt8]) throws {
        var failed: Int32 = 0
        let text = bytes.withUnsafeBytes { bytes in
            ctoml_to_json(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &failed)
        }
        guard let text else { throw TOMLError(description: "out of memory") }
        defer { free(text) }
        let result = String(cString: text)
        if failed != 0 { throw TOMLError(description: result) }
        try self.init(parsing: result.utf8)
    }
}
