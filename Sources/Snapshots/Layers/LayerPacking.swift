package import Archive
internal import Concurrency
internal import FileSystem
internal import Glibc
package import OCI

/// A layer as a blob of an image.
package struct PackedLayer: Sendable, Hashable {
    /// The digest of the uncompressed archive (image-spec, config.md, "Layer DiffID").
    package let diffID: Digest
    /// The digest and size of the blob, with the image-spec's media type.
    package let descriptor: Descriptor
    /// The size of the uncompressed archive, in bytes.
    package let archiveSize: Int64

    package init(diffID: Digest, descriptor: Descriptor, archiveSize: Int64) {
        self.diffID = diffID
        self.descriptor = descriptor
        self.archiveSize = archiveSize
    }
}

/// Archives and compresses the content of a layer (image-spec, layer.md), and computes both digests.
package enum LayerPacking {
    /// Packs a layer.
    ///
    /// Equal content, compression and epoch produce equal bytes everywhere. Times are whole seconds, owners are
    /// numbers, and of the extended attributes `security.capability` and `user.*` are kept. One thread reads ahead,
    /// others compress.
    ///
    /// - Parameters:
    ///   - path: The file to write or overwrite. The caller has to flush and rename it.
    ///   - epoch: The latest time for entries, in seconds since 1970 (SOURCE_DATE_EPOCH).
    ///   - progress: Called with the number of further bytes of the archive; may throw to abort.
    /// - Throws: ``ImageError`` if a file cannot be read or has changed, or the disk is full. Then there is no output
    ///   file.
    package static func pack(
        _ content: LayerContent, to path: String, compression: LayerCompression = .standard, epoch: Int64? = nil,
        progress: (Int) throws -> Void = { _ in }
    ) throws(ImageError) -> PackedLayer {
        try LayerFailure.explaining("cannot pack a layer") {
            do {
                let file = try OpenFile(path, for: .overwriting)
                return try PackedFile(file).write(content, compression, epoch, progress)
            } catch {
                unlink(path)
                throw error
            }
        }
    }

    /// Packs a layer into an empty, open file.
    static func pack(
        _ content: LayerContent, to file: OpenFile, compression: LayerCompression, epoch: Int64?
    ) throws(ImageError) -> PackedLayer {
        try LayerFailure.explaining("cannot pack a layer") {
            try PackedFile(file).write(content, compression, epoch, { _ in })
        }
    }
}

extension LayerCompression {
    /// The kind of layer that is compressed this way.
    package var layerType: LayerMediaType {
        switch self {
        case .none: .tar
        case .gzip: .gzip
        case .zstd: .zstd
        }
    }

    /// The media type of a layer that is compressed this way (image-spec, layer.md).
    package var mediaType: String { layerType.oci }
}

extension LayerContent {
    /// The approximate size of the archive in bytes, not counting what long names, attributes and large numbers need
    /// beyond a header.
    package var archiveSize: Int64 {
        entries.reduce(1024) { sum, entry in
            guard case .file(let data) = entry.kind else { return sum + 512 }
            return sum + 512 + (data.size + 511) / 512 * 512
        }
    }
}

/// The output file of a layer.
private final class PackedFile {
    private let file: OpenFile
    private var blob = DigestHasher(.sha256)

    init(_ file: OpenFile) { self.file = file }

    func write(
        _ content: LayerContent, _ compression: LayerCompression, _ epoch: Int64?, _ progress: (Int) throws -> Void
    ) throws -> PackedLayer {
        let isCompressed = compression != .none
        let compressor = try Compressor(compression) { [self] piece in
            try file.write(piece, at: blob.count)
            blob.update(piece)
        }
        // Without compression, archive and blob are the same, and hashed once.
        let pieces = try ArchiveThread(content, epoch: epoch, isHashed: isCompressed)
        defer { pieces.stop() }
        while let piece = try pieces.next() {
            try compressor.write(piece)
            try progress(piece.count)
        }
        try compressor.finish()
        let digest = blob.finalize()
        let archive = pieces.archive
        let descriptor = Descriptor(mediaType: compression.mediaType, digest: digest, size: blob.count)
        return PackedLayer(
            diffID: isCompressed ? archive.finalize() : digest, descriptor: descriptor,
            archiveSize: isCompressed ? archive.count : blob.count)
    }
}

/// The archive of a layer, made and hashed on a thread of its own.
private final class ArchiveThread {
    /// Thrown when the archive is no longer needed.
    private struct Stopped: Error {}

    private let pieces = BlockingQueue<Result<[UInt8], any Error>>(capacity: 16)
    private let hasher = Guarded(DigestHasher(.sha256))

    init(_ content: LayerContent, epoch: Int64?, isHashed: Bool) throws {
        try OwnThread.start { [pieces, hasher] in
            do {
                let archive = LayerArchive(epoch: epoch) { piece in
                    if isHashed { hasher.withLock { $0.update(piece) } }
                    guard pieces.put(.success(piece)) else { throw Stopped() }
                }
                try archive.write(content)
            } catch {
                pieces.put(.failure(error))
            }
            pieces.close()
        }
    }

    func next() throws -> [UInt8]? { try pieces.take()?.get() }

    /// The digest so far; that of the whole archive after the last piece.
    var archive: DigestHasher { hasher.withLock { $0 } }

    func stop() { pieces.close() }
}
