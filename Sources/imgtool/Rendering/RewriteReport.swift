internal import ImageTools
internal import JSON
internal import OCI

/// The result of changing an image, for people and for scripts.
enum RewriteReport {
    /// A line for every entry, and for every changed field in it or in the index.
    static func lines(of result: RewriteResult) throws -> [String] {
        var lines = fields(of: result).map { "  edit  \(text($0, at: $0.path))" }
        for change in try entries(of: result) {
            guard let entry = change.after ?? change.before else { continue }
            lines.append("  \(change.kind.rawValue)  \(EntryText.name(of: entry))  \(entry.digest)")
            lines += change.fields.map { "        \(text($0, at: $0.path))" }
        }
        let isSame = result.before?.digest == result.after.digest
        return lines + ["\(isSame ? "nothing would change in" : "would put") \(result.reference)"]
    }

    /// The result in the JSON format common to all commands that change an image.
    static func json(of result: RewriteResult, isDryRun: Bool) throws -> JSONValue {
        var object = JSONObject()
        object["reference"] = .string(result.reference.description)
        object["mediaType"] = .string(result.after.mediaType)
        object["digest"] = .string((result.reference.digest ?? result.after.digest).description)
        object["size"] = .integer(result.after.descriptor.size)
        object["previousDigest"] = result.before.map { .string($0.digest.description) } ?? .null
        object["changed"] = .bool(result.before?.digest != result.after.digest)
        object["dryRun"] = .bool(isDryRun)
        object["fields"] = .array(fields(of: result).map(json))
        object["entries"] = .array(try entries(of: result).map(json))
        object["warnings"] = .array(result.warnings.map { .string($0) })
        if isDryRun { object["content"] = .string(String(decoding: result.after.bytes, as: UTF8.self)) }
        return .object(object)
    }

    private static func entries(of result: RewriteResult) throws -> [EntryChange] {
        func entries(_ content: ManifestContent?) throws -> [Descriptor] {
            guard let content, content.isIndex else { return [] }
            return try content.index().manifests
        }
        return EntryChange.all(from: try entries(result.before), to: try entries(result.after))
    }

    /// Changes outside of the entries.
    private static func fields(of result: RewriteResult) -> [FieldChange] {
        guard let before = result.before else { return [] }
        return FieldChange.all(
            from: before.document.value, to: result.after.document.value, omitting: ["manifests"])
    }

    private static func json(_ change: EntryChange) -> JSONValue {
        var object = JSONObject()
        object["change"] = .string(change.kind.rawValue)
        guard let entry = change.after ?? change.before else { return .object(object) }
        if let attested = entry.attestedDigest {
            object["attestationOf"] = .string(attested)
        } else {
            object["platform"] = entry.platform.map { .string($0.fullDescription) } ?? .null
        }
        object["mediaType"] = .string(entry.mediaType)
        object["digest"] = .string(entry.digest.description)
        if let before = change.before, before.digest != entry.digest {
            object["previousDigest"] = .string(before.digest.description)
        }
        if change.kind == .edit { object["fields"] = .array(change.fields.map(json)) }
        return .object(object)
    }

    static func json(_ change: FieldChange) -> JSONValue {
        ["path": .string(change.path), "before": change.before ?? .null, "after": change.after ?? .null]
    }

    /// A changed field with both values, on one line.
    static func text(_ change: FieldChange, at path: String) -> String {
        guard let before = change.before else { return "\(path): added \(shortened(change.after))" }
        guard let after = change.after else { return "\(path): removed, was \(shortened(before))" }
        if change.path.hasSuffix("*") { return "\(path): another order" }
        return "\(path): \(shortened(before)) → \(shortened(after))"
    }

    private static func shortened(_ value: JSONValue?) -> String {
        let text = value?.text(.compact) ?? ""
        return text.count > 120 ? "\(text.prefix(119))…" : text
    }
}

/// A short name for entries of an index.
enum EntryText {
    static func name(of entry: Descriptor) -> String {
        if let attested = entry.attestedDigest { return "attestation of \(attested.isEmpty ? "nothing" : attested)" }
        return entry.platform?.fullDescription ?? entry.artifactType ?? entry.mediaType
    }
}
