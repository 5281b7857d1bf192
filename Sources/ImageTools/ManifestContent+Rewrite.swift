package import JSON
package import OCI

extension ManifestContent {
    /// The document with some fields changed, in the same layout, everything else unchanged.
    ///
    /// - Returns: This content itself if there are no changes.
    /// - Throws: ``ImageError`` if the result is not a valid manifest of its media type.
    package func rewritten(_ change: (inout JSONObject) -> Void) throws(ImageError) -> ManifestContent {
        guard case .object(var object) = document.value else { return self }
        change(&object)
        let value = JSONValue.object(object)
        if value == document.value { return self }
        let type = object["mediaType"]?.string ?? mediaType
        return try ManifestContent(
            bytes: value.bytes(document.layout), mediaType: type, digest: nil, of: "the changed manifest")
    }

    /// The manifest with its subject set.
    func referring(to subject: Descriptor) throws(ImageError) -> ManifestContent {
        try rewritten { object in
            if object["subject"] == nil { object.set("subject", to: subject.content.json, before: ["annotations"]) }
            object.change("subject") { $0.point(to: subject) }
        }
    }
}

extension JSONObject {
    /// Points a descriptor, such as an entry or a subject, to other content: digest, size and media type.
    mutating func point(to content: Descriptor) {
        self["digest"] = .string(content.digest.description)
        self["size"] = .integer(content.size)
        if self["mediaType"] != nil { self["mediaType"] = .string(content.mediaType) }
        // The embedded copy would be outdated.
        self["data"] = nil
    }

    /// Changes a member that is an object, which is created if missing and removed if empty.
    mutating func change(_ name: String, _ change: (inout JSONObject) -> Void) {
        var member = self[name]?.object ?? JSONObject()
        let wasThere = self[name] != nil
        change(&member)
        if member.isEmpty, !wasThere { return }
        self[name] = member.isEmpty ? nil : .object(member)
    }
}
