internal import Concurrency
internal import FileSystem
internal import Glibc
package import OCI

/// The hashes of local files, saved between builds, so that a file is read again only if its ``FileStamp`` has changed.
///
/// The hash of a file that changed so recently that another change might not affect its stamp is not saved. If the
/// saved hashes are missing or damaged, files are hashed again.
package final class FileDigests: Sendable {
    private struct Additions {
        var records: [DigestRecords.Key: DigestRecords.Record] = [:]
        /// For each known record, true if it was used.
        var used: [Bool]
        var usedCount = 0
    }

    private let path: String
    private let known: DigestRecords
    private let state: Guarded<Additions>

    /// Reads the saved hashes.
    ///
    /// - Parameter record: The path of the file with the hashes; it need not exist. Ideally there is one for each
    ///   source tree.
    package init(record: String) {
        path = record
        known = DigestRecords(path: record)
        state = Guarded(Additions(used: Array(repeating: false, count: known.records.count)))
    }

    /// The hash of a file's content, which is read unless the hash is known.
    ///
    /// - Parameters:
    ///   - path: A regular file; symbolic links are refused.
    ///   - stamp: The current stamp of the file, if it was obtained already.
    /// - Throws: ``ImageError``, also if the file changes while it is read.
    package func digest(of path: String, stamp: FileStamp? = nil) throws(ImageError) -> ContentHash {
        let now = FileStamp.now
        return try LayerFailure.explaining("cannot read a file of the build") {
            guard let stamp = stamp ?? FileStamp(of: path) else { throw FileError(errno, "look at", path) }
            if let hash = remembered(stamp) { return hash }
            let (hash, read) = try Self.hash(path)
            guard read == stamp else { throw LayerFailure.changed(path) }
            if stamp.isSettled(at: now) {
                let record = DigestRecords.Record(stamp: stamp, hash: hash)
                state.withLock { $0.records[record.key] = record }
            }
            return hash
        }
    }

    /// Saves new hashes. If another process does the same, the additions of one of them are lost.
    ///
    /// - Throws: ``ImageError``.
    package func save() throws(ImageError) {
        let records = state.withLock { state -> [DigestRecords.Record]? in
            if state.records.isEmpty { return nil }
            // Most files of unused records have been removed or changed.
            let isCrowded = known.records.count > 2 * (state.usedCount + state.records.count) + 10_000
            let kept = zip(known.records, state.used).filter { record, isUsed in
                (isUsed || !isCrowded) && state.records[record.key] == nil
            }
            return kept.map(\.0) + state.records.values
        }
        guard let records else { return }
        do {
            try Folder.create(Folder.containing(path), permissions: 0o700)
            try File.replace(path, with: DigestRecords(records).bytes)
        } catch {
            throw ImageError(.failed, "cannot remember which files have been read", error.description)
        }
    }

    private func remembered(_ stamp: FileStamp) -> ContentHash? {
        let index = known.index(of: DigestRecords.Key(stamp))
        return state.withLock { state in
            if let index, known.records[index].stamp == stamp {
                if !state.used[index] {
                    state.used[index] = true
                    state.usedCount += 1
                }
                return known.records[index].hash
            }
            if state.records.isEmpty { return nil }
            let added = state.records[DigestRecords.Key(stamp)]
            return added?.stamp == stamp ? added?.hash : nil
        }
    }

    // MARK: Reading

    private static let bufferSize = 512 << 10

    private static func hash(_ path: String) throws -> (ContentHash, FileStamp) {
        let file = try SourceFile(path)
        var hasher = DigestHasher(.sha256)
        // Not larger than the file: most files are small, and touching a page costs more than reading them.
        let size = min(bufferSize, Int(clamping: file.stamp.size) + 1)
        try withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
            while case let count = try file.read(into: buffer), count > 0 {
                hasher.update(.init(rebasing: buffer[..<count]))
                if hasher.count > file.stamp.size { break }
            }
        }
        guard hasher.count == file.stamp.size, try file.isUnchanged() else { throw LayerFailure.changed(path) }
        return (ContentHash(hasher.hash), file.stamp)
    }
}
