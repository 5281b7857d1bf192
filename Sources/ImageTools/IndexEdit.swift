package import JSON
package import OCI

/// Edits an index in place: everything else stays as it is, down to the order of fields and the layout of the text, so
/// that reverting a change restores the original bytes.
package struct IndexEdit: Sendable {
    /// The original content.
    package let original: ManifestContent
    private var value: JSONValue

    /// - Throws: ``ImageError`` if this is not an index.
    package init(_ content: ManifestContent) throws(ImageError) {
        _ = try content.index()
        original = content
        value = content.document.value
    }

    /// The current entries.
    package var entries: [Descriptor] {
        get throws(ImageError) { try finished().index().manifests }
    }

    /// The changed index; the original if there are no changes.
    package func finished() throws(ImageError) -> ManifestContent {
        if value == original.document.value { return original }
        return try ManifestContent(
            bytes: value.bytes(original.document.layout),
            mediaType: value["mediaType"]?.string ?? original.mediaType, digest: nil, of: "the changed index")
    }

    /// Changes members of the index itself.
    package mutating func change(_ change: (inout JSONObject) -> Void) {
        guard case .object(var object) = value else { return }
        change(&object)
        value = .object(object)
    }

    /// Changes entries.
    mutating func changeEntries(_ change: (_ position: Int, _ entry: inout JSONObject) -> Void) {
        self.change { index in
            guard var entries = index["manifests"]?.array else { return }
            for position in entries.indices {
                guard case .object(var entry) = entries[position] else { continue }
                change(position, &entry)
                entries[position] = .object(entry)
            }
            index["manifests"] = .array(entries)
        }
    }

    /// Removes entries.
    mutating func removeEntries(where isUnwanted: (_ position: Int) -> Bool) {
        change { index in
            guard let entries = index["manifests"]?.array else { return }
            let kept = entries.indices.filter { !isUnwanted($0) }.map { entries[$0] }
            index["manifests"] = .array(kept)
        }
    }
}

extension JSONObject {
    /// Sets an annotation. A new one is inserted in the order of keys, if they are sorted.
    ///
    /// - Parameter later: The members that a new map of annotations precedes.
    package mutating func annotate(_ key: String, _ text: String, before later: [String] = []) {
        var annotations = self["annotations"]?.object ?? JSONObject()
        let wasSorted = annotations == annotations.sorted
        annotations[key] = .string(text)
        set("annotations", to: .object(wasSorted ? annotations.sorted : annotations), before: later)
    }

    /// Sets a member, or removes it with `nil`.
    ///
    /// - Parameter later: The members that a new one precedes; without any of them, it comes last.
    package mutating func set(_ name: String, to value: JSONValue?, before later: [String]) {
        guard let value, self[name] == nil, let index = members.firstIndex(where: { later.contains($0.name) }) else {
            self[name] = value
            return
        }
        members.insert(Member(name, value), at: index)
    }

    /// Removes an annotation, and the map of annotations with the last one.
    package mutating func removeAnnotation(_ key: String) {
        guard var annotations = self["annotations"]?.object else { return }
        annotations[key] = nil
        self["annotations"] = annotations.isEmpty ? nil : .object(annotations)
    }
}
