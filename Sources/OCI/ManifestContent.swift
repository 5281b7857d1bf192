package import JSON

/// The verified bytes of a manifest or index, with access to the parsed content.
package struct ManifestContent: Sendable {
    /// The maximum size of a manifest, in bytes. The distribution-spec requires at least 4 MiB.
    package static let maximumSize: Int64 = 16 << 20

    /// The media type, digest and size.
    package let descriptor: Descriptor
    package let document: JSONDocument

    package var bytes: [UInt8] { document.bytes }
    package var digest: Digest { descriptor.digest }
    package var mediaType: String { descriptor.mediaType }
    package var isIndex: Bool { MediaType.isIndex(mediaType) }

    /// Verifies received bytes.
    ///
    /// - Parameters:
    ///   - bytes: The bytes received.
    ///   - mediaType: The media type from the sender, without parameters; empty if there was none.
    ///   - digest: The requested digest, if known.
    ///   - subject: The name for messages.
    /// - Throws: ``ImageError`` of code `verification` if the bytes do not match the digest or the media types
    ///   disagree; of code `failed` if the bytes are not a manifest.
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

    /// Serializes an index.
    package init(_ index: Index, algorithm: Digest.Algorithm = .sha256) {
        document = JSONDocument(index.json)
        descriptor = Descriptor(
            mediaType: index.mediaType ?? MediaType.ociIndex,
            digest: Digest(of: document.bytes, algorithm: algorithm), size: Int64(document.bytes.count))
    }

    /// - Throws: ``ImageError`` if this is not an index.
    package func index() throws(ImageError) -> Index {
        guard isIndex else { throw refusal("it is a \(mediaType), not an index") }
        do { return try Index(json: document.value) } catch { throw refusal("\(error)") }
    }

    /// - Throws: ``ImageError`` if this is not an image manifest.
    package func imageManifest() throws(ImageError) -> ImageManifest {
        guard !isIndex else { throw refusal("it is an index, not the manifest of one image") }
        do { return try ImageManifest(json: document.value) } catch { throw refusal("\(error)") }
    }

    /// The blobs of an image or artifact that are copied with it: the configuration, if it has one, and the others.
    ///
    /// - Throws: ``ImageError`` if it is an index.
    package func blobs() throws(ImageError) -> (config: Descriptor?, others: [Descriptor]) {
        if mediaType == MediaType.ociArtifact {
            do throws(JSONShapeError) {
                var fields = try JSONFields(document.value, at: .root)
                return (nil, try fields.descriptors("blobs"))
            } catch {
                throw refusal("\(error)")
            }
        }
        let manifest = try imageManifest()
        return (manifest.config, manifest.layers.filter { !MediaType.isForeignLayer($0.mediaType) })
    }

    private func refusal(_ reason: String) -> ImageError {
        ImageError(.failed, "cannot use the manifest \(digest)", reason)
    }

    /// The media type guessed from the fields, since the specification allows `mediaType` to be absent.
    private static func guessedType(of value: JSONValue) -> String? {
        if value["manifests"] != nil { return MediaType.ociIndex }
        if value["fsLayers"] != nil { return MediaType.dockerSchema1 }
        return value["config"] != nil ? MediaType.ociManifest : nil
    }

    /// A field that makes an index look like a manifest or the other way round. The specification asks to refuse such
    /// content, since one digest would stand for two images, depending on the reader.
    private static func foreignField(in value: JSONValue, of type: String) -> String? {
        let fields = MediaType.isIndex(type) ? ["config", "layers", "fsLayers"] : ["manifests", "fsLayers"]
        return fields.first { value[$0] != nil }
    }

    /// Returns true for the generic types of servers that do not inspect the content.
    private static func saysNothing(_ mediaType: String) -> Bool {
        ["", "application/json", "application/octet-stream", "text/plain"].contains(mediaType)
    }
}
