package import JSON

/// An image index (image-spec, image-index.md) or Docker manifest list.
///
/// Unknown fields are kept in ``other`` and written after the known ones.
package struct Index: Hashable, Sendable {
    package var schemaVersion: Int64 = 2
    package var mediaType: String?
    package var artifactType: String?
    package var manifests: [Descriptor]
    package var subject: Descriptor?
    package var annotations: [String: String]
    package var other: [JSONObject.Member]

    package init(mediaType: String, manifests: [Descriptor] = []) {
        self.mediaType = mediaType
        self.manifests = manifests
        annotations = [:]
        other = []
    }

    /// - Throws: ``JSONShapeError``.
    package init(json: JSONValue) throws(JSONShapeError) {
        var fields = try JSONFields(json, at: .root)
        schemaVersion = try fields.integer("schemaVersion") ?? 0
        mediaType = try fields.string("mediaType")
        artifactType = try fields.string("artifactType")
        manifests = try fields.descriptors("manifests")
        subject = try fields.descriptor("subject")
        annotations = try fields.stringMap("annotations")
        other = fields.remaining
    }

    /// The index as JSON, with its fields in the usual order.
    package var json: JSONValue {
        var object = JSONObject()
        object["schemaVersion"] = .integer(schemaVersion)
        object["mediaType"] = mediaType.map { .string($0) }
        object["artifactType"] = artifactType.map { .string($0) }
        object["manifests"] = .array(manifests.map(\.json))
        object["subject"] = subject?.json
        object["annotations"] = JSONValue(annotations: annotations)
        object.members += other
        return .object(object)
    }
}
