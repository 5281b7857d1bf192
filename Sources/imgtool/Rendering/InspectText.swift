internal import ImageTools
internal import JSON
internal import OCI
internal import Spelling
internal import Terminal

/// The output of `inspect`, in the layout of `docker buildx imagetools inspect`.
enum InspectText {
    static func text(of view: ImageView) throws -> String {
        let index = view.content.isIndex ? try view.content.index() : nil
        var fields = [("Name", view.reference.description), ("MediaType", view.content.mediaType)]
        fields.append(("Digest", view.content.digest.description))
        if let type = view.content.document.value["artifactType"]?.string { fields.append(("ArtifactType", type)) }
        if let subject = view.content.subject { fields.append(("Subject", subject.digest.description)) }
        let annotations = index?.annotations ?? [:]
        var text = list(fields).text
        if !annotations.isEmpty { text += "Annotations:\n" + block(annotations, indent: 2) }
        guard let index else { return text }
        text += "\nManifests:\n"
        text += entries(index.manifests.map { ($0, self.fields(of: $0, in: view)) }).joined(separator: "\n")
        return text
    }

    /// As in docker buildx, the values of entries are aligned up to the next entry with annotations.
    private static func entries(_ entries: [(entry: Descriptor, fields: [(String, String)])]) -> [String] {
        var texts: [String] = []
        var rest = entries[...]
        while !rest.isEmpty {
            let end = rest.firstIndex { !$0.entry.annotations.isEmpty } ?? rest.index(before: rest.endIndex)
            let width = FieldList.nameWidth(of: rest[...end].flatMap(\.fields))
            texts += rest[...end].map { entry, fields in
                list(fields, indent: 2, nameWidth: width).text + block(entry.annotations, indent: 4)
            }
            rest = rest[(end + 1)...]
        }
        return texts
    }

    private static func fields(of entry: Descriptor, in view: ImageView) -> [(String, String)] {
        var fields = [("Name", "\(view.reference.pinned(to: entry.digest))"), ("MediaType", entry.mediaType)]
        if let attested = entry.attestedDigest {
            fields.append(("Attestation", "of \(attested.isEmpty ? "nothing" : attested)"))
        } else if let platform = entry.platform {
            fields.append(("Platform", platform.description))
            if let version = platform.osVersion { fields.append(("OSVersion", version)) }
            if !platform.osFeatures.isEmpty {
                fields.append(("OSFeatures", platform.osFeatures.joined(separator: ", ")))
            }
        }
        if let type = entry.artifactType { fields.append(("ArtifactType", type)) }
        if !entry.urls.isEmpty { fields.append(("URLs", entry.urls.joined(separator: ", "))) }
        if !entry.annotations.isEmpty { fields.append(("Annotations", "")) }
        return fields
    }

    private static func block(_ annotations: [String: String], indent: Int) -> String {
        let sorted = annotations.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return list(sorted.map { ($0.key, $0.value) }, indent: indent).text
    }

    /// Escapes line breaks in values, which could imitate other fields.
    private static func list(_ fields: [(String, String)], indent: Int = 0, nameWidth: Int = 0) -> FieldList {
        FieldList(fields.map { ($0.0, $0.1.escaped) }, indent: indent, nameWidth: nameWidth)
    }
}
