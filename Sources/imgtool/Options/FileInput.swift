internal import Concurrency
internal import FileSystem
internal import OCI

/// Files of this machine that become blobs.
enum FileInput {
    private static let pieceSize = 1 << 20

    static func exists(_ path: String) -> Bool { (try? FileStatus(of: path)) ?? nil != nil }

    /// A file as a blob, read once for its digest and again when it is sent. `-` is standard input.
    ///
    /// - Throws: ``ImageError``: of code `usage` when there is no such file.
    static func blob(_ path: String, mediaType: String) throws(ImageError) -> BlobContent {
        do {
            let file = try path == "-" ? standardInput() : OpenFile(path, for: .content)
            var hasher = DigestHasher(.sha256)
            let pieces = file.pieces()
            while let piece = try pieces() { hasher.update(piece) }
            let descriptor = Descriptor(mediaType: mediaType, digest: hasher.finalize(), size: hasher.count)
            return BlobContent(descriptor, of: path) { FileStream(file, from: $0) }
        } catch let error as FileError {
            throw ImageError(error.isMissing ? .usage : .failed, "cannot read \(path)", error.reason)
        } catch {
            throw ImageError(.failed, "cannot read \(path)", "\(error)")
        }
    }

    /// Standard input, kept in a file without a name, since it can be read only once.
    private static func standardInput() throws -> OpenFile {
        let input = try OpenFile("/dev/stdin", for: .reading)
        let copy = try OpenFile(scratchIn: StoreDirectory.scratch)
        var size: Int64 = 0
        while true {
            let piece = try input.readNext(pieceSize)
            if piece.isEmpty { return copy }
            try copy.write(piece, at: size)
            size += Int64(piece.count)
        }
    }
}

extension BlobContent {
    /// Prints the content.
    func print() async throws {
        let stream = try await open()
        while let piece = try await stream.next() { try StandardOutput.write(piece) }
    }

    /// Writes the content to a file, which appears only when it is complete and right.
    func write(to path: String) async throws {
        let stream = try await open()
        do {
            var file = try NewFile(in: Folder.containing(path))
            while let piece = try await stream.next() { try file.write(piece) }
            try file.commit(as: path)
        } catch let error as FileError {
            throw ImageError(.failed, "cannot write \(path)", error.reason)
        }
    }
}
