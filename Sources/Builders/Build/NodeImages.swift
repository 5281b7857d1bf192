package import BuildEngine
package import Concurrency
package import OCI

/// The images of several nodes, assembled.
package struct NodeImages: BuiltImages, ImageComposite {
    package let name = "the build"
    package let top: ManifestContent
    package let entries: [BuiltImage]
    /// The sources of all blobs.
    private var sources: [Digest: any ImageSource] = [:]

    /// - Parameter images: The images, each with the source of its blobs.
    /// - Throws: ``ImageError``.
    package init(_ images: [(image: BuiltImage, source: any ImageSource)], _ export: ImageExport) throws(ImageError) {
        entries = images.map(\.image)
        top = try entries.top(export)
        for (image, source) in images {
            let manifest = try image.manifest.imageManifest()
            for blob in [manifest.config] + manifest.layers { sources[blob.digest] = source }
        }
    }

    package func origin(of blob: Descriptor) -> any ImageSource {
        guard let source = sources[blob.digest] else { return self }
        return (source as? any ImageComposite)?.origin(of: blob) ?? source
    }

    package func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        try await manifest(reference).descriptor
    }

    package func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        guard let digest = reference.digest, digest != top.digest else { return top }
        guard let image = entries.first(where: { $0.manifest.digest == digest }) else { throw missing(digest) }
        return image.manifest
    }

    package func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        guard let source = sources[descriptor.digest] else { throw missing(descriptor.digest) }
        return try await source.rawBlob(descriptor, from: offset)
    }

    private func missing(_ digest: Digest) -> ImageError {
        ImageError(.notFound, "cannot read \(digest) of the build", "it has no such content")
    }
}
