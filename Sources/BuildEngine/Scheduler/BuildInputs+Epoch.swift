internal import Archive
package import BuildPlan
internal import Concurrency
internal import FileSystem
internal import OCI

extension BuildInputs {
    private static let pieceSize = 256 << 10

    /// The time that `SOURCE_DATE_EPOCH` asks for, in seconds since 1970; what it names is fetched.
    ///
    /// - Returns: `nil` for what has no time.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func seconds(of epoch: SourceDateEpoch, in workspace: Workspace) async throws -> Int64? {
        switch epoch {
        case .notGiven, .timeless: return nil
        case .seconds(let seconds): return seconds
        case .file(let url, let checksum, let range):
            let scratch = try workspace.layers.newFolder()
            defer { try? workspace.layers.discard(scratch) }
            do {
                return try await seconds(of: url, checksum, in: scratch)
            } catch let error as ImageError {
                throw ImageError(error.code, "\(range): \(error.attempt)", error.reason, advice: error.advice)
            }
        }
    }

    private func seconds(of url: String, _ checksum: String?, in scratch: String) async throws -> Int64? {
        let file = try await download(url, scratch)
        return try await OwnThread.run {
            if let checksum { try Self.check(file.path, checksum, url) }
            return try file.modified ?? Self.latestTime(in: file.path)
        }
    }

    private static func check(_ path: String, _ checksum: String, _ url: String) throws {
        let expected = try Digest(checksum)
        var hasher = DigestHasher(expected.algorithm)
        try read(path) { hasher.update($0) }
        guard hasher.finalize() == expected else {
            throw ImageError(
                .verification, "cannot use \(url.maskingUserInfo)", "its content does not have the digest \(expected)")
        }
    }

    private static func read(_ path: String, _ body: ([UInt8]) throws -> Void) throws {
        let source = try pieces(of: path)
        while let piece = try source() { try body(piece) }
    }

    private static func pieces(of path: String) throws -> () throws -> [UInt8]? {
        let file = try OpenFile(path, for: .reading)
        var offset: Int64 = 0
        return {
            let piece = try file.read(pieceSize, at: offset)
            offset += Int64(piece.count)
            return piece.isEmpty ? nil : piece
        }
    }

    /// The latest time of a file in an archive; `nil` for what is none, or none that can be read.
    private static func latestTime(in path: String) throws -> Int64? {
        let probe = try OpenFile(path, for: .reading).read(TarReader.probeSize, at: 0)
        guard try TarReader.isArchive(firstBytes: probe) else { return nil }
        var latest: Int64?
        do {
            let reader = try TarReader(pieces(of: path))
            while let entry = try reader.next() {
                if case .file = entry.kind { latest = max(latest ?? entry.modified, entry.modified) }
            }
        } catch is ArchiveError {
            return nil
        }
        return latest
    }
}
