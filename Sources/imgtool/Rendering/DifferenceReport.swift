internal import ImageTools
internal import JSON
internal import OCI
internal import Terminal
internal import Units

/// The differences between two images, for people and for scripts.
enum DifferenceReport {
    static func lines(of difference: ImageDifference) -> [String] {
        if difference.isEmpty { return [] }
        var lines = ["--- \(difference.before)", "+++ \(difference.after)"]
        lines += difference.notes.map { "  \($0)" }
        lines += difference.fields.map { "  \(RewriteReport.text($0, at: $0.path))" }
        for image in difference.images { lines += Self.lines(of: image) }
        return lines
    }

    private static func lines(of image: ImageChange) -> [String] {
        let entry = image.entry
        let digests = [entry.before, entry.after].compactMap { $0?.digest.description }
        let name = (entry.after ?? entry.before).map(EntryText.name) ?? ""
        let shown = digests.first == digests.last ? digests.suffix(1) : digests[...]
        var lines = ["\(sign(of: entry.kind)) \(name)  \(shown.joined(separator: " → "))"]
        lines += image.entryFields.map { "    entry \(RewriteReport.text($0, at: $0.path))" }
        lines += image.manifestFields.map { "    manifest \(RewriteReport.text($0, at: $0.path))" }
        lines += image.configFields.map { "    \(RewriteReport.text($0, at: $0.path))" }
        var table = TextTable([.init(""), .init(""), .init("", .right), .init("")])
        for layer in image.layers {
            let sign = layer.kind == .new ? "+" : layer.kind == .gone ? "-" : "="
            table.append([
                "    layer \(sign)", layer.descriptor.digest.description,
                ByteSize(layer.descriptor.size).description, layer.kind.rawValue,
            ])
        }
        lines += table.lines
        lines += image.attestations.map { change in
            "    attestation \(sign(of: change.kind)) \((change.after ?? change.before)?.digest.description ?? "")"
        }
        return lines
    }

    private static func sign(of kind: EntryChange.Kind) -> String {
        switch kind {
        case .add: "+"
        case .drop: "-"
        case .edit, .keep: "~"
        }
    }

    static func json(of difference: ImageDifference) -> JSONValue {
        [
            "same": .bool(difference.isEmpty), "before": .string(difference.before.description),
            "after": .string(difference.after.description), "notes": .array(difference.notes.map { .string($0) }),
            "fields": .array(difference.fields.map(RewriteReport.json)),
            "images": .array(difference.images.map(json)),
        ]
    }

    private static func json(of image: ImageChange) -> JSONValue {
        let names: [EntryChange.Kind: String] = [.add: "added", .drop: "removed", .edit: "changed", .keep: "changed"]
        var object = JSONObject()
        let entry = image.entry.after ?? image.entry.before
        object["change"] = .string(names[image.entry.kind] ?? "")
        object["platform"] = entry?.platform.map { .string($0.fullDescription) } ?? .null
        if let attested = entry?.attestedDigest { object["attestationOf"] = .string(attested) }
        object["before"] = image.entry.before.map { .string($0.digest.description) } ?? .null
        object["after"] = image.entry.after.map { .string($0.digest.description) } ?? .null
        object["entry"] = .array(image.entryFields.map(RewriteReport.json))
        object["manifest"] = .array(image.manifestFields.map(RewriteReport.json))
        object["config"] = .array(image.configFields.map(RewriteReport.json))
        object["layers"] = .array(
            image.layers.map { layer in
                [
                    "change": .string(layer.kind.rawValue), "digest": .string(layer.descriptor.digest.description),
                    "size": .integer(layer.descriptor.size), "mediaType": .string(layer.descriptor.mediaType),
                ]
            })
        object["attestations"] = .array(
            image.attestations.map { change in
                [
                    "change": .string(names[change.kind] ?? ""),
                    "before": change.before.map { .string($0.digest.description) } ?? .null,
                    "after": change.after.map { .string($0.digest.description) } ?? .null,
                ]
            })
        return .object(object)
    }
}
