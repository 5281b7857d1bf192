package import JSON

/// The bytes of a manifest or index, known to be those of its descriptor, with views of what they say.
package struct ManifestContent: Sendable {
    /// The largest manifest that is read, in bytes. The distribution-spec asks for at least 4 MiB.
    package static let maximumSize: Int64 = 16 << 20

    /// Media type, digest and size.
    package let descriptor: Descriptor
    package let document: JSONDocument

    package var bytes: [UInt8] { document.bytes }
    package var digest: Digest { descriptor.digest }
    package var mediaType: String { descriptor.mediaType }
    package var isIndex: Bool { MediaType.isIndex(mediaType) }

    /// Takes bytes as the content of something.
    ///
    /// - Parameters:
    ///   - bytes: What was received.
    ///   - mediaType: The type that the sender gave, without parameters; empty when it gave none.
    ///   - digest: The digest that was asked for, if it is known.
    ///   - subject: What it is called in messages.
    /// - Throws: ``ImageError`` of code `verification` when the bytes are not those of the digest, or the media types
    ///   in and around them disagree; of code `failed` when they are no manifest at all.
    package init(bytes: [UInt8], mediaType: String, digest: Digest?, of subject: String) throws(ImageError) {
        let attempt = "cannot use the manifest of \(subject)"
        let actual = Digest(of: bytes, algorithm: digest?.algorithm ?? .sha256)
        if let digest, digest != actual {
            throw ImageError(.verification, attempt, "its content has the digest \(actual), not \(digest)")
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes: bytes)
        } catch {
            throw ImageError(.failed, attempt, "it is not the JSON of a manifest: \(error)")
        }
        let inside = document.value["mediaType"]?.string ?? ""
        var type = inside.isEmpty ? mediaType : inside
        if !MediaType.isManifest(mediaType), inside.isEmpty {
            type = Self.guessedType(of: document.value) ?? mediaType
        }
        if !inside.isEmpty, inside != mediaType, !Self.saysNothing(mediaType) {
            throw ImageError(.verification, attempt, "it was sent as \(mediaType), but says that it is \(inside)")
        }
        if MediaType.isSchema1(type) {
            throw ImageError(.failed, attempt, "it is a schema 1 manifest, which the image specification has dropped")
        }
        guard document.value.object != nil, MediaType.isManifest(type) else {
            let kind = type.isEmpty ? "it does not say what it is" : "it is a \(type), not a manifest"
            throw ImageError(.failed, attempt, kind)
        }
        if let field = Self.foreignField(in: document.value, of: type) {
            throw ImageError(
                .verification, attempt,
                "it is ambiguous, a \(type) that has \"\(field)\" can be taken for something else")
        }
        self.descriptor = Descriptor(mediaType: type, digest: actual, size: Int64(bytes.count))
        self.document = document
    }

    /// Writes an index.
    package init(_ index: Index, algorithm: Digest.Algorithm = .sha256) {
        document = JSONDocument(index.json)
        descriptor = Descriptor(
            mediaType: index.mediaType ?? MediaType.ociIndex,
            digest: Digest(of: document.bytes, algorithm: algorithm), size: Int64(document.bytes.count))
    }

    /// - Throws: ``ImageError`` when it is not an index.
    package func index() throws(ImageError) -> Index {
        guard isIndex else { throw refusal("it is a \(mediaType), not an index") }
        do { return try Index(json: document.value) } catch { throw refusal("\(error)") }
    }

    /// - Throws: ``ImageError`` when it is not an image manifest.
    package func imageManifest() throws(ImageError) -> ImageManifest {
        guard !isIndex else { throw refusal("it is an index, not the manifest of one image") }
        do { return try ImageManifest(json: document.value) } catch { throw refusal("\(error)") }
    }

    private func refusal(_ reason: String) -> ImageError {
        ImageError(.failed, "cannot use the manifest \(digest)", reason)
    }

    /// The specification lets `mediaType` be absent; then the fields tell.
    private static func guessedType(of value: JSONValue) -> String? {
        if value["manifests"] != nil { return MediaType.ociIndex }
        if value["fsLayers"] != nil { return MediaType.dockerSchema1 }
        return value["config"] != nil ? MediaType.ociManifest : nil
    }

    /// A field that makes an index look like a manifest or the other way round. One digest would then stand for two
    /// images, depending on who reads it, so the specification asks to refuse it.
    private static func foreignField(in value: JSONValue, of type: String) -> String? {
        let fields = MediaType.isIndex(type) ? ["config", "layers", "fsLayers"] : ["manifests", "fsLayers"]
        return fields.first { value[$0] != nil }
    }

    /// Types that servers give to what they do not look into.
    private static func saysNothing(_ mediaType: String) -> Bool {
        ["", "application/json", "application/octet-stream", "text/plain"].contains(mediaType)
    }
}
