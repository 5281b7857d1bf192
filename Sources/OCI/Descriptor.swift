package import JSON

/// A content descriptor (image-spec, descriptor.md): the media type, digest and size of a blob or manifest.
///
/// Unknown fields are kept in ``other`` and written after the known ones.
package struct Descriptor: Hashable, Sendable {
    package var mediaType: String
    package var digest: Digest
    /// In bytes.
    package var size: Int64
    package var urls: [String]
    package var annotations: [String: String]
    /// The embedded content in base64.
    package var data: String?
    package var platform: Platform?
    package var artifactType: String?
    package var other: [JSONObject.Member]

    package init(
        mediaType: String, digest: Digest, size: Int64, annotations: [String: String] = [:],
        platform: Platform? = nil, artifactType: String? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.urls = []
        self.annotations = annotations
        self.platform = platform
        self.artifactType = artifactType
        self.other = []
    }

    /// Only the media type, digest and size.
    package var content: Descriptor { Descriptor(mediaType: mediaType, digest: digest, size: size) }
}

extension Descriptor {
    /// - Throws: ``JSONShapeError``.
    package init(json: JSONValue, at path: JSONPath) throws(JSONShapeError) {
        var fields = try JSONFields(json, at: path)
        mediaType = try fields.string("mediaType") ?? ""
        let text = try fields.require("digest", fields.string("digest"))
        do {
            digest = try Digest(text)
        } catch {
            throw JSONShapeError(path: path.member("digest"), problem: error.reason)
        }
        size = try fields.require("size", fields.integer("size"))
        guard size >= 0 else { throw JSONShapeError(path: path.member("size"), problem: "it is negative") }
        urls = try fields.strings("urls")
        annotations = try fields.stringMap("annotations")
        data = try fields.string("data")
        platform = try fields.value("platform").map { value throws(JSONShapeError) in
            try Platform(json: value, at: path.member("platform"))
        }
        artifactType = try fields.string("artifactType")
        other = fields.remaining
    }

    /// The descriptor as JSON, with its fields in the usual order.
    package var json: JSONValue {
        var object = JSONObject()
        object["mediaType"] = .string(mediaType)
        object["digest"] = .string(digest.description)
        object["size"] = .integer(size)
        object["urls"] = urls.isEmpty ? nil : .array(urls.map { .string($0) })
        object["annotations"] = JSONValue(annotations: annotations)
        object["data"] = data.map { .string($0) }
        object["platform"] = platform?.json
        object["artifactType"] = artifactType.map { .string($0) }
        object.members += other
        return .object(object)
    }
}

extension JSONValue {
    /// Annotations sorted by key; `nil` if there are none.
    package init?(annotations: [String: String]) {
        if annotations.isEmpty { return nil }
        self = .object(JSONObject(annotations.map { .init($0.key, .string($0.value)) }).sorted)
    }
}
