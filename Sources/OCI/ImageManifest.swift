package import JSON

/// The fields of an image manifest (image-spec, manifest.md) or Docker schema 2 manifest that are used here.
package struct ImageManifest: Sendable {
    package let mediaType: String?
    package let artifactType: String?
    package let config: Descriptor
    package let layers: [Descriptor]
    package let subject: Descriptor?
    package let annotations: [String: String]

    /// - Throws: ``JSONShapeError``.
    package init(json: JSONValue) throws(JSONShapeError) {
        var fields = try JSONFields(json, at: .root)
        mediaType = try fields.string("mediaType")
        artifactType = try fields.string("artifactType")
        config = try fields.require("config", fields.descriptor("config"))
        layers = try fields.descriptors("layers")
        subject = try fields.descriptor("subject")
        annotations = try fields.stringMap("annotations")
    }
}
