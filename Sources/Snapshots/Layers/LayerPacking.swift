package import Archive
internal import Concurrency
internal import FileSystem
internal import Glibc
package import OCI

/// A layer as a file that images are made of.
package struct PackedLayer: Sendable, Hashable {
    /// The digest of the archive before compression (image-spec, config.md, "Layer DiffID").
    package let diffID: Digest
    /// The file's digest and size, with the media type of image-spec.
    package let descriptor: Descriptor
    /// Bytes of the archive before compression.
    package let archiveSize: Int64

    package init(diffID: Digest, descriptor: Descriptor, archiveSize: Int64) {
        self.diffID = diffID
        self.descriptor = descriptor
        self.archiveSize = archiveSize
    }
}

/// Turns the content of a layer into an archive (image-spec, layer.md), compresses it, and knows both digests in the end.
package enum LayerPacking {
    /// Packs a layer.
    ///
    /// The same content, compression and epoch give the same bytes everywhere. Times are whole seconds, owners are
    /// numbers, and of extended attributes `security.capability` and `user.*` are kept. One thread reads ahead, others
    /// compress.
    ///
    /// - Parameters:
    ///   - path: The file that is written, or overwritten. Giving it its last name, and flushing it, is the caller's.
    ///   - epoch: What is newer gets this time instead, in seconds since 1970 (SOURCE_DATE_EPOCH).
    ///   - progress: Is told how many more bytes of the archive are on their way into the file, and may end it all by
    ///     an error.
    /// - Throws: ``ImageError`` when a file cannot be read, has changed since it was looked at, or there is no room.
    ///   There is no file then.
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

    /// Packs a layer into an empty file that is open already.
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
    /// About how many bytes its archive has: what names, attributes and large numbers may take beyond a header is left
    /// out.
    package var archiveSize: Int64 {
        entries.reduce(1024) { sum, entry in
            guard case .file(let data) = entry.kind else { return sum + 512 }
            return sum + 512 + (data.size + 511) / 512 * 512
        }
    }
}

/// The file that a layer is packed into.
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
        // An archive that is the blob is hashed once.
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
    /// Nobody takes the archive any more.
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

    /// What has been hashed: all of it when the last piece has come.
    var archive: DigestHasher { hasher.withLock { $0 } }

    func stop() { pieces.close() }
}
