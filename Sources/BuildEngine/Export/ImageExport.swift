package import Archive
internal import BuildPlan
package import Concurrency
package import ImageTools
package import OCI

/// The format of a build's images.
package struct ImageExport: Sendable, Hashable {
    /// The compression of layers made by the build.
    package var compression = LayerCompression.standard
    /// True for Docker's media types instead of the image-spec's.
    package var usesDockerTypes = false
    /// The latest time in the result, in seconds since 1970; `nil` for that of the build.
    package var epoch: Int64?
    /// True to recompress layers of base images with a different compression.
    package var recompresses = false
    /// True to keep the times in layers, regardless of the latest time.
    package var keepsTimes = false
    package var annotations: [AnnotationRule] = []
    /// True to create an index even for a single platform.
    package var alwaysIndexes = false

    package init() {}
}

/// The images of a build as manifests and blobs, to be copied elsewhere.
package final class BuiltImages: ImageComposite {
    /// The image for one platform.
    package struct Entry: Sendable {
        package let platform: Platform
        package let manifest: ManifestContent
        package let configuration: Digest
        /// The compressed size of all layers, in bytes.
        package let size: Int64
    }

    package let name = "the build"
    /// The index, or the manifest of the only platform.
    package let top: ManifestContent
    /// In the order of the plan.
    package let entries: [Entry]
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
            Entry(
                platform: $0.platform, manifest: $0.manifest, configuration: Digest(of: $0.configuration),
                size: $0.layers.map(\.descriptor.size).cappedSum)
        }
        var origins: [Digest: Snapshot.Origin] = [:]
        for layer in images.flatMap(\.layers) { origins[layer.descriptor.digest] = layer.origin }
        self.origins = origins
        configurations = Dictionary(images.map { (Digest(of: $0.configuration), $0.configuration) }) { first, _ in first
        }
        top = try Self.top(of: entries, export)
        manifests = Dictionary((entries.map(\.manifest) + [top]).map { ($0.digest, $0) }) { first, _ in first }
    }

    /// Assembles the images to an index, by the same rules as any other.
    private static func top(of entries: [Entry], _ export: ImageExport) throws(ImageError) -> ManifestContent {
        let annotatesIndex = export.annotations.contains { rule in
            rule.targets.contains { if case .manifest = $0 { false } else { true } }
        }
        if entries.count == 1, !export.alwaysIndexes, !annotatesIndex { return entries[0].manifest }
        let sources = entries.map { entry in
            var descriptor = entry.manifest.descriptor
            descriptor.platform = entry.platform
            return IndexAssembly.Source(
                name: entry.platform.fullDescription, content: entry.manifest, entry: descriptor, statesPlatform: true)
        }
        var assembly = try IndexAssembly(sources, onConflict: .both)
        try assembly.annotate(export.annotations)
        return try assembly.finished()
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
