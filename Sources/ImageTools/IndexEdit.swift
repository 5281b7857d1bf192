package import JSON
package import OCI

/// Changes an index as it stands: what no change speaks of stays as it is, down to the order of fields and the layout of
/// the text, so that taking a change back gives the old bytes.
package struct IndexEdit: Sendable {
    /// The content before any change.
    package let original: ManifestContent
    private var value: JSONValue

    /// - Throws: ``ImageError`` when this is no index.
    package init(_ content: ManifestContent) throws(ImageError) {
        _ = try content.index()
        original = content
        value = content.document.value
    }

    /// The entries as they are now.
    package var entries: [Descriptor] {
        get throws(ImageError) { try finished().index().manifests }
    }

    /// The changed index; the original itself when nothing is different.
    package func finished() throws(ImageError) -> ManifestContent {
        if value == original.document.value { return original }
        return try ManifestContent(
            bytes: value.bytes(original.document.layout),
            mediaType: value["mediaType"]?.string ?? original.mediaType, digest: nil, of: "the changed index")
    }

    /// Changes a member of the index itself.
    package mutating func change(_ change: (inout JSONObject) -> Void) {
        guard case .object(var object) = value else { return }
        change(&object)
        value = .object(object)
    }

    /// Changes entries.
    package mutating func changeEntries(_ change: (_ position: Int, _ entry: inout JSONObject) -> Void) {
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

    /// Takes entries out.
    package mutating func removeEntries(where isUnwanted: (_ position: Int) -> Bool) {
        change { index in
            guard let entries = index["manifests"]?.array else { return }
            let kept = entries.indices.filter { !isUnwanted($0) }.map { entries[$0] }
            index["manifests"] = .array(kept)
        }
    }
}

extension JSONObject {
    /// Sets an annotation. A new one goes to its place in the order of keys, when the others are in that order.
    ///
    /// - Parameter later: The members that a new map of annotations comes before.
    package mutating func annotate(_ key: String, _ text: String, before later: [String] = []) {
        var annotations = self["annotations"]?.object ?? JSONObject()
        let wasSorted = annotations == annotations.sorted
        annotations[key] = .string(text)
        set("annotations", to: .object(wasSorted ? annotations.sorted : annotations), before: later)
    }

    /// Sets a member, or with `nil` takes it out.
    ///
    /// - Parameter later: The members that a new one comes before; without any of them it comes last.
    package mutating func set(_ name: String, to value: JSONValue?, before later: [String]) {
        guard let value, self[name] == nil, let place = members.firstIndex(where: { later.contains($0.name) }) else {
            self[name] = value
            return
        }
        members.insert(Member(name, value), at: place)
    }

    /// Removes an annotation, and the map of annotations with the last one.
    package mutating func removeAnnotation(_ key: String) {
        guard var annotations = self["annotations"]?.object else { return }
        annotations[key] = nil
        self["annotations"] = annotations.isEmpty ? nil : .object(annotations)
    }
}
