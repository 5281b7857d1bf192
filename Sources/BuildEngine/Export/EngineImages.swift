internal import BuildPlan
package import Concurrency
internal import ImageTools
package import OCI

/// The images of the built-in engine.
package final class EngineImages: BuiltImages, ImageComposite {
    package let name = "the build"
    package let top: ManifestContent
    package let entries: [BuiltImage]
    private let manifests: [Digest: ManifestContent]
    private let configurations: [Digest: [UInt8]]
    private let origins: [Digest: Snapshot.Origin]
    private let layers: BuildLayers
    private let images: ImageLibrary

    init(
        _ images: [AssembledImage], export: ImageExport, layers: BuildLayers, library: ImageLibrary
    ) throws(ImageError) {
        self.layers = layers
        self.images = library
        entries = images.map {
            BuiltImage(
                platform: $0.platform, manifest: $0.manifest, configuration: Digest(of: $0.configuration),
                size: $0.layers.map(\.descriptor.size).cappedSum)
        }
        var origins: [Digest: Snapshot.Origin] = [:]
        for layer in images.flatMap(\.layers) { origins[layer.descriptor.digest] = layer.origin }
        self.origins = origins
        configurations = Dictionary(images.map { (Digest(of: $0.configuration), $0.configuration) }) { first, _ in first
        }
        top = try entries.top(export)
        manifests = Dictionary((entries.map(\.manifest) + [top]).map { ($0.digest, $0) }) { first, _ in first }
    }

    package func origin(of blob: Descriptor) -> any ImageSource {
        origins[blob.digest].flatMap { images.source(of: $0.image) } ?? self
    }

    // MARK: ImageSource

    package func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        try await manifest(reference).descriptor
    }

    package func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        guard let digest = reference.digest else { return top }
        guard let manifest = manifests[digest] else { throw missing(digest) }
        return manifest
    }

    package func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        if let bytes = configurations[descriptor.digest] { return BytesStream(Array(bytes.dropFirst(Int(offset)))) }
        if let origin = origins[descriptor.digest], let source = images.source(of: origin.image) {
            return try await source.rawBlob(origin.descriptor, from: offset)
        }
        return try layers.open(descriptor, from: offset)
    }

    private func missing(_ digest: Digest) -> ImageError {
        ImageError(.notFound, "cannot read \(digest) of the build", "it has no such content")
    }
}
