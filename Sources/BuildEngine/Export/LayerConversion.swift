internal import Archive
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import OCI
internal import Snapshots

/// Recompresses layers of base images that have a different compression, each once.
///
/// The archive stays the same, byte for byte, and so does the diff ID.
final class LayerConversion: Sendable {
    private let compression: LayerCompression
    private let layers: BuildLayers
    private let images: ImageLibrary
    private let blobs = SingleFlight<Digest, BuildLayers.Blob>()

    init(to compression: LayerCompression, _ layers: BuildLayers, _ images: ImageLibrary) {
        self.compression = compression
        self.layers = layers
        self.images = images
    }

    /// The layer as a blob with the right compression; `nil` if it has that already, or is not from an image.
    func blob(of layer: Snapshot.Layer) async throws -> BuildLayers.Blob? {
        guard let origin = layer.origin, !isDone(origin.descriptor.mediaType) else { return nil }
        return try await blobs.value(for: layer.id) { try await self.convert(layer.id, origin) }
    }

    /// Returns true if the type needs no conversion. Non-distributable layers are not available for it.
    private func isDone(_ type: String) -> Bool {
        MediaType.isForeignLayer(type) || LayerMediaType.of(type)?.compression == compression.layerType.compression
    }

    private func convert(_ diffID: Digest, _ origin: Snapshot.Origin) async throws -> BuildLayers.Blob {
        let form = "converted-" + BuildLayers.BlobFormat(compression: compression, epoch: nil).name
        let workspace = layers.workspace
        if let known = try workspace.index.blob(of: diffID, form: form),
            (try? FileStatus(of: workspace.blob(known.digest)))?.size == known.size
        {
            return BuildLayers.Blob(
                diffID: diffID,
                descriptor: Descriptor(mediaType: compression.mediaType, digest: known.digest, size: known.size))
        }
        let stream = try await images.blob(origin) { _ in }.open()
        let compression = compression
        let descriptor = try await stream.pulled { source in
            let temporary = try workspace.layers.newFolder() + "/blob"
            do {
                let descriptor = try Self.write(source, to: temporary, compression, expecting: diffID)
                try File.rename(temporary, to: workspace.blob(descriptor.digest))
                return descriptor
            } catch let error as CancellationError {
                throw error
            } catch {
                return try LayerFailure.explaining("cannot compress a layer of \(origin.image)") { throw error }
            }
        }
        _ = try workspace.index.recordLayer(diffID, times: nil, now: Clock.seconds)
        try workspace.index.record(
            .init(diffID: diffID, digest: descriptor.digest, size: descriptor.size), of: diffID, form: form)
        return BuildLayers.Blob(diffID: diffID, descriptor: descriptor)
    }

    private static func write(
        _ source: @escaping ByteSource, to path: String, _ compression: LayerCompression, expecting diffID: Digest
    ) throws -> Descriptor {
        let file = try OpenFile(path, for: .overwriting)
        var archive = DigestHasher(diffID.algorithm)
        let blob = Guarded(DigestHasher(.sha256))
        let compressor = try Compressor(compression) { piece in
            try file.write(piece, at: blob.withLock { $0.count })
            blob.withLock { $0.update(piece) }
        }
        let decompressor = try Decompressor(source)
        while let piece = try decompressor.next() {
            archive.update(piece)
            try compressor.write(piece)
        }
        try compressor.finish()
        let found = archive.finalize()
        guard found == diffID else {
            throw ImageError(
                .verification, "cannot compress the layer \(diffID) of a base image anew", "its diff id is \(found)")
        }
        let (digest, size) = blob.withLock { ($0.finalize(), $0.count) }
        return Descriptor(mediaType: compression.mediaType, digest: digest, size: size)
    }
}
