package import JSON
package import OCI

extension ManifestContent {
    /// The same document with some of its fields changed, in the same layout, everything else as it stands.
    ///
    /// - Returns: This content itself when nothing is different.
    /// - Throws: ``ImageError`` when the result is no manifest of its media type any more.
    package func rewritten(_ change: (inout JSONObject) -> Void) throws(ImageError) -> ManifestContent {
        guard case .object(var object) = document.value else { return self }
        change(&object)
        let value = JSONValue.object(object)
        if value == document.value { return self }
        let type = object["mediaType"]?.string ?? mediaType
        return try ManifestContent(
            bytes: value.bytes(document.layout), mediaType: type, digest: nil, of: "the changed manifest")
    }

    /// The same manifest with another subject, or with its first.
    func referring(to subject: Descriptor) throws(ImageError) -> ManifestContent {
        try rewritten { object in
            if object["subject"] == nil { object.set("subject", to: subject.content.json, before: ["annotations"]) }
            object.change("subject") { $0.point(to: subject) }
        }
    }
}

extension JSONObject {
    /// Points a descriptor, such as an entry or a subject, at other content: its digest, size and media type.
    mutating func point(to content: Descriptor) {
        self["digest"] = .string(content.digest.description)
        self["size"] = .integer(content.size)
        if self["mediaType"] != nil { self["mediaType"] = .string(content.mediaType) }
        // An embedded copy would be one of the old content.
        self["data"] = nil
    }

    /// Changes a member that is an object, which is made if it is not there and taken out when it has become empty.
    mutating func change(_ name: String, _ change: (inout JSONObject) -> Void) {
        var member = self[name]?.object ?? JSONObject()
        let wasThere = self[name] != nil
        change(&member)
        if member.isEmpty, !wasThere { return }
        self[name] = member.isEmpty ? nil : .object(member)
    }
}
