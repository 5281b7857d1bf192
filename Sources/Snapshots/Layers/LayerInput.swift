internal import Archive
package import FileSystem
internal import Glibc
internal import OCI

/// A layer made from a local file or folder.
package enum LayerInput: Sendable, Hashable {
    /// A tar archive, compressed or not. One compressed with gzip or zstd is used as it is.
    case archive(path: String)
    /// The content of a folder, for a folder of the image, owned by root.
    case folder(path: String, destination: String)

    /// Creates the blob, in a file without a name.
    ///
    /// - Parameters:
    ///   - scratch: The folder whose file system provides the space.
    ///   - epoch: The latest time for the files of a folder, in seconds since 1970.
    /// - Returns: The layer and its blob.
    /// - Throws: ``ImageError``; of code `usage` if the file does not exist, of code `verification` if an archive is
    ///   damaged.
    package func packed(in scratch: String, epoch: Int64? = nil) throws -> (layer: PackedLayer, blob: OpenFile) {
        switch self {
        case .archive(let path):
            return try LayerFailure.explaining("cannot make a layer of \(path)") {
                let file = try Self.existing(path) { try OpenFile(path, for: .reading) }
                let blob = try LayerBlob(in: scratch)
                return (try blob.fill(with: file), blob.file)
            }
        case .folder(let path, let destination):
            return try LayerFailure.explaining("cannot make a layer of \(path)") {
                _ = try Self.existing(path) { try OpenFile(path, for: .folder) }
                let tree = SourceTree.context(ContextTree(folder: try File.resolvingLinks(path), name: path))
                let copy = CopyOperation(
                    sources: [.tree(tree, path: "/")], destination: "\(destination)/", isLinked: true)
                let content = try copy.content(onto: EmptyBase(), scratch: scratch)
                let blob = try OpenFile(scratchIn: scratch)
                return (try LayerPacking.pack(content, to: blob, compression: .standard, epoch: epoch), blob)
            }
        }
    }

    private static func existing(_ path: String, _ open: () throws -> OpenFile) throws -> OpenFile {
        do {
            return try open()
        } catch let error as FileError {
            guard error.isMissing else { throw error }
            throw ImageError(.usage, "cannot make a layer of \(path)", error.reason)
        }
    }
}

/// A blob made from an archive.
private final class LayerBlob {
    let file: OpenFile
    private var digest = DigestHasher(.sha256)
    private var diffID = DigestHasher(.sha256)
    private var failure: (any Error)?

    init(in scratch: String) throws {
        file = try OpenFile(scratchIn: scratch)
    }

    /// Reads an archive to its end, verifying it.
    func fill(with archive: OpenFile) throws -> PackedLayer {
        let format = CompressionFormat(firstBytes: try archive.read(6, at: 0))
        let type: String
        switch format {
        case .gzip, .zstd:
            try keep(archive)
            type = (format == .gzip ? LayerCompression.gzip(level: 0) : .zstd(level: 1)).mediaType
        case .none, .bzip2, .xz:
            try compress(archive)
            type = LayerCompression.standard.mediaType
        }
        let descriptor = Descriptor(mediaType: type, digest: digest.finalize(), size: digest.count)
        return PackedLayer(diffID: diffID.finalize(), descriptor: descriptor, archiveSize: diffID.count)
    }

    private func write(_ piece: [UInt8]) throws {
        try file.write(piece, at: digest.count)
        digest.update(piece)
    }

    private func keep(_ archive: OpenFile) throws {
        let pieces = archive.pieces()
        let reader = try TarReader({
            guard let piece = try pieces() else { return nil }
            try self.write(piece)
            return piece
        }) { self.diffID.update($0) }
        while try reader.next() != nil {}
    }

    private func compress(_ archive: OpenFile) throws {
        let compressor = try Compressor(.standard) { try self.write($0) }
        let reader = try TarReader(archive.pieces()) { piece in
            self.diffID.update(piece)
            if self.failure == nil { do { try compressor.write(piece) } catch { self.failure = error } }
        }
        while try reader.next() != nil, failure == nil {}
        if let failure { throw failure }
        try compressor.finish()
    }
}
