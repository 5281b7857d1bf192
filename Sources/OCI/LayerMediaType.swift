/// A kind of layer with its media types (image-spec, layer.md; Docker's image manifest version 2, schema 2).
package struct LayerMediaType: Hashable, Sendable {
    package enum Compression: Hashable, Sendable {
        case none, gzip, zstd
    }

    package let compression: Compression
    /// False for a layer that lives at the URLs of its descriptor and is not pushed to registries.
    package let isDistributable: Bool
    /// The media type in image-spec.
    package let oci: String
    /// The media type in Docker's format; `nil` if there is none.
    package let docker: String?

    /// All kinds.
    package static let all = [tar, gzip, zstd, foreignTar, foreignGzip, foreignZstd]

    package static let tar = distributable(.none, "v1.tar", "diff.tar")
    package static let gzip = distributable(.gzip, "v1.tar+gzip", "diff.tar.gzip")
    package static let zstd = distributable(.zstd, "v1.tar+zstd", "diff.tar.zstd")
    static let foreignTar = foreign(.none, "v1.tar", "diff.tar")
    static let foreignGzip = foreign(.gzip, "v1.tar+gzip", "diff.tar.gzip")
    package static let foreignZstd = foreign(.zstd, "v1.tar+zstd", nil)

    /// The kind of a media type of either family; `nil` if it is not that of a layer.
    package static func of(_ mediaType: String) -> LayerMediaType? {
        all.first { $0.oci == mediaType || $0.docker == mediaType }
    }

    private static func distributable(_ compression: Compression, _ oci: String, _ docker: String) -> LayerMediaType {
        LayerMediaType(
            compression: compression, isDistributable: true, oci: "application/vnd.oci.image.layer.\(oci)",
            docker: "application/vnd.docker.image.rootfs.\(docker)")
    }

    fileprivate static let ociForeign = "application/vnd.oci.image.layer.nondistributable."
    fileprivate static let dockerForeign = "application/vnd.docker.image.rootfs.foreign."

    private static func foreign(_ compression: Compression, _ oci: String, _ docker: String?) -> LayerMediaType {
        LayerMediaType(
            compression: compression, isDistributable: false, oci: ociForeign + oci,
            docker: docker.map { dockerForeign + $0 })
    }
}

/// The two families of media types.
package enum MediaTypeFamily: Hashable, Sendable {
    case oci, docker
}

extension MediaType {
    private static let pairs: [(oci: String, docker: String?)] =
        [(ociIndex, dockerList), (ociManifest, dockerManifest), (ociConfig, dockerConfig)]
        + LayerMediaType.all.map { ($0.oci, $0.docker) }

    /// The media type of a family that corresponds to one of either family (image-spec, media-types.md,
    /// "Compatibility Matrix"); `nil` if there is none.
    package static func name(of type: String, in family: MediaTypeFamily) -> String? {
        guard let pair = pairs.first(where: { $0.oci == type || $0.docker == type }) else { return nil }
        return family == .oci ? pair.oci : pair.docker
    }

    /// Returns true for a layer that lives at the URLs of its descriptor and is not pushed to registries, with any
    /// compression or encryption.
    package static func isForeignLayer(_ type: String) -> Bool {
        type.hasPrefix(LayerMediaType.ociForeign) || type.hasPrefix(LayerMediaType.dockerForeign)
    }
}
