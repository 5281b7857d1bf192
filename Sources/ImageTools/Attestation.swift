internal import Concurrency
package import JSON
package import OCI

/// An in-toto statement about an image, which BuildKit stores as a layer of an attestation manifest.
package struct Attestation: Sendable {
    /// The maximum size of a statement, in bytes.
    private static let maximumSize: Int64 = 128 << 20

    /// The type of the predicate, such as `https://slsa.dev/provenance/v1`.
    package let predicateType: String
    /// The blob of the statement.
    package let statement: Descriptor
    private let source: any ImageSource

    /// The statements in an attestation manifest.
    static func all(in manifest: ManifestContent, of source: any ImageSource) throws(ImageError) -> [Attestation] {
        try manifest.imageManifest().layers.compactMap { layer in
            guard let type = layer.annotations[AnnotationKey.predicateType], isStatement(layer.mediaType) else {
                return nil
            }
            return Attestation(predicateType: type, statement: layer, source: source)
        }
    }

    private static func isStatement(_ mediaType: String) -> Bool {
        mediaType == MediaType.inToto || mediaType.hasPrefix("application/vnd.in-toto.") && isEnvelope(mediaType)
    }

    private static func isEnvelope(_ mediaType: String) -> Bool { mediaType.hasSuffix("+dsse") }

    /// Reads the predicate, from a DSSE envelope if there is one. Signatures are not verified.
    ///
    /// - Returns: `null` if there is no predicate.
    /// - Throws: ``ImageError``.
    package func predicate() async throws -> JSONValue {
        let bytes = try await BlobContent(statement, in: source).bytes(limit: Self.maximumSize)
        var json = try parsed(bytes)
        if Self.isEnvelope(statement.mediaType) || json["payloadType"]?.string == MediaType.inToto {
            guard let payload = json["payload"]?.string.flatMap(Base64.decode) else {
                throw refusal("its envelope has no payload in base64")
            }
            json = try parsed(payload)
        }
        return json["predicate"] ?? .null
    }

    private func parsed(_ bytes: [UInt8]) throws(ImageError) -> JSONValue {
        do { return try JSONValue(parsing: bytes) } catch { throw refusal("it is not JSON: \(error)") }
    }

    private func refusal(_ reason: String) -> ImageError {
        ImageError(.failed, "cannot read the attestation \(statement.digest) of \(source.name)", reason)
    }
}

extension ImageView {
    /// The attestations of each of several images, in this index and in nested ones, or else in the index through which this
    /// image was found.
    ///
    /// - Throws: ``ImageError``.
    package func attestations(of images: [Descriptor]) async throws -> [[Attestation]] {
        guard let index else { return images.map { _ in [] } }
        let entries = Dictionary(grouping: try await index.leaves()) { $0.attestedDigest ?? "" }
        return try await images.concurrentMap { image in
            var found: [Attestation] = []
            for entry in entries[image.digest.description] ?? [] {
                found += try Attestation.all(in: try await child(entry).content, of: source)
            }
            return found
        }
    }
}
