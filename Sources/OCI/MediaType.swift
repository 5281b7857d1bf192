/// The media types of the image-spec (media-types.md) and of Docker's image format.
package enum MediaType {
    package static let ociIndex = "application/vnd.oci.image.index.v1+json"
    package static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
    package static let ociConfig = "application/vnd.oci.image.config.v1+json"
    /// The artifact manifest of release candidates of image-spec 1.1, which some registries still hold.
    package static let ociArtifact = "application/vnd.oci.artifact.manifest.v1+json"
    package static let ociEmpty = "application/vnd.oci.empty.v1+json"
    package static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    package static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    static let wasmConfig = "application/vnd.wasm.config.v0+json"
    static let dockerSchema1 = "application/vnd.docker.distribution.manifest.v1+json"
    package static let dockerSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    package static let anyBytes = "application/octet-stream"
    package static let inToto = "application/vnd.in-toto+json"

    /// The types of manifests to accept, the preferred ones first.
    package static let manifests = [ociIndex, ociManifest, dockerList, dockerManifest, ociArtifact]

    package static func isIndex(_ type: String) -> Bool { type == ociIndex || type == dockerList }
    package static func isImageManifest(_ type: String) -> Bool { type == ociManifest || type == dockerManifest }
    package static func isManifest(_ type: String) -> Bool {
        isIndex(type) || isImageManifest(type) || type == ociArtifact
    }
    package static func isDocker(_ type: String) -> Bool { type.hasPrefix("application/vnd.docker.") }
    package static func isImageConfig(_ type: String) -> Bool { type == ociConfig || type == dockerConfig }
    /// Returns true for the types of configurations that name a platform.
    package static func statesPlatform(_ type: String) -> Bool { isImageConfig(type) || type == wasmConfig }
    static func isSchema1(_ type: String) -> Bool { type == dockerSchema1 || type == dockerSchema1Signed }

    /// Returns true for a type and subtype by the rules for names (RFC 6838, section 4.2).
    package static func isWellFormed(_ type: String) -> Bool {
        let names = type.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let marks = Array("!#$&-^_.+".utf8)
        return names.count == 2
            && names.allSatisfy { name in
                func isAlphanumeric(_ byte: UInt8) -> Bool {
                    let character = Character(Unicode.Scalar(byte))
                    return byte < 0x80 && (character.isLetter || character.isNumber)
                }
                return (1...127).contains(name.count) && name.first.map(isAlphanumeric) == true
                    && name.allSatisfy { isAlphanumeric($0) || marks.contains($0) }
            }
    }

    /// The media type from a `Content-Type` header, in lower case and without parameters.
    package static func withoutParameters(_ header: String) -> String {
        var type = header.prefix { $0 != ";" }
        while type.last?.isWhitespace == true { type.removeLast() }
        return type.drop { $0.isWhitespace }.lowercased()
    }
}

/// The keys of annotations that are interpreted.
package enum AnnotationKey {
    package static let refName = "org.opencontainers.image.ref.name"
    package static let containerdName = "io.containerd.image.name"
    /// The key of the subject's digest in the entry of a referrer in a layout, which containerd does not take for an image.
    package static let manifestSubject = "io.containerd.manifest.subject"
    package static let referenceType = "vnd.docker.reference.type"
    package static let referenceDigest = "vnd.docker.reference.digest"
    /// The type of the predicate of a layer that is an in-toto statement.
    package static let predicateType = "in-toto.io/predicate-type"
    /// The value of ``referenceType`` for an attestation.
    package static let attestationManifest = "attestation-manifest"
    package static let title = "org.opencontainers.image.title"
    package static let created = "org.opencontainers.image.created"
    package static let baseName = "org.opencontainers.image.base.name"
    package static let baseDigest = "org.opencontainers.image.base.digest"
}
