internal import Archive
internal import Concurrency
internal import FileSystem
internal import OCI

/// A tar archive with random access to its files.
///
/// An uncompressed file is read in place; compressed or piped archives are unpacked into an unnamed file first.
struct ArchiveFile: Sendable {
    private static let pieceSize = 1 << 20

    private let file: OpenFile
    private let index: TarIndex
    private let name: String

    /// Opens an archive and reads its headers.
    ///
    /// - Parameters:
    ///   - name: The name for messages.
    ///   - scratch: The folder whose file system provides the space for unpacking.
    /// - Throws: ``ImageError``, of code `notFound` if the file does not exist.
    static func open(_ path: String, name: String, scratch: String) async throws -> ArchiveFile {
        let attempt = "cannot read \(name)"
        return try await OwnThread.run {
            do {
                return try ArchiveFile(path, name, scratch)
            } catch let error as FileError {
                throw error.isMissing && error.path == path
                    ? ImageError(.notFound, attempt, "there is no such file") : ImageError(attempt, error)
            } catch let error as ArchiveError {
                throw ImageError(.verification, attempt, "\(error)")
            }
        }
    }

    private init(_ path: String, _ name: String, _ scratch: String) throws {
        let original = try OpenFile(path, for: .reading)
        let status = try original.status()
        guard status.kind != .folder else {
            throw ImageError(
                .failed, "cannot read \(name)", "it is a folder, not an archive", advice: "oci:\(path) reads a layout")
        }
        self.name = name
        let isPlain = try status.kind == .file && CompressionFormat(firstBytes: original.read(6, at: 0)) == .none
        file = isPlain ? original : try Self.unpacked(original, in: scratch)
        let file = file
        index = try TarIndex(size: try file.status().size) { count, offset in try file.read(count, at: offset) }
    }

    private static func unpacked(_ original: OpenFile, in scratch: String) throws -> OpenFile {
        let copy = try OpenFile(scratchIn: scratch)
        let decompressor = try Decompressor {
            let piece = try original.readNext(pieceSize)
            return piece.isEmpty ? nil : piece
        }
        var position: Int64 = 0
        while let piece = try decompressor.next() {
            // Nothing else is worth its room, least of all a device that never ends.
            guard try position > 0 || TarReader.isArchive(firstBytes: piece) else {
                throw ArchiveError(.damaged, "it is no tar archive")
            }
            try copy.write(piece, at: position)
            position += Int64(piece.count)
        }
        return copy
    }

    /// The position and size of a file.
    func extent(of path: String) -> TarIndex.Extent? { index.file(path) }

    /// Reads a small file.
    func bytes(of extent: TarIndex.Extent, limit: Int64 = ManifestContent.maximumSize) throws(ImageError) -> [UInt8] {
        let attempt = "cannot read \(name)"
        guard extent.size <= limit else {
            throw ImageError(
                .failed, attempt, "a file in it has \(extent.size) bytes, more than the limit of \(limit)")
        }
        return try attempting(attempt) { () throws(FileError) in
            try file.read(Int(extent.size), at: extent.offset)
        }
    }

    /// Reads up to `count` bytes of a file at an offset.
    func bytes(of extent: TarIndex.Extent, from offset: Int64 = 0, atMost count: Int) throws(ImageError) -> [UInt8] {
        try attempting("cannot read \(name)") { () throws(FileError) in
            try file.read(Int(min(Int64(count), extent.size - offset)), at: extent.offset + offset)
        }
    }

    /// The content of a file from an offset on, as a stream.
    func stream(_ extent: TarIndex.Extent, from offset: Int64 = 0) -> any ByteStream {
        ExtentStream(file, extent, from: offset, attempt: "cannot read \(name)")
    }

    /// The digest of a file.
    func digest(of extent: TarIndex.Extent) throws(ImageError) -> Digest {
        var hasher = DigestHasher(.sha256)
        while hasher.count < extent.size {
            hasher.update(try bytes(of: extent, from: hasher.count, atMost: Self.pieceSize))
        }
        return hasher.finalize()
    }
}

/// A part of a file as a stream.
private final class ExtentStream: ByteStream {
    private let file: OpenFile
    private let end: Int64
    private let position: Guarded<Int64>
    private let attempt: String

    init(_ file: OpenFile, _ extent: TarIndex.Extent, from offset: Int64, attempt: String) {
        self.file = file
        self.attempt = attempt
        end = extent.offset + extent.size
        position = Guarded(extent.offset + offset)
    }

    func next() async throws -> [UInt8]? {
        try Task.checkCancellation()
        let start = position.withLock { $0 }
        let count = Int(min(Int64(FileStream.pieceSize), end - start))
        guard count > 0 else { return nil }
        let piece = try await attempting(attempt) { try file.read(count, at: start) }
        position.withLock { $0 += Int64(piece.count) }
        return piece.isEmpty ? nil : piece
    }
}
