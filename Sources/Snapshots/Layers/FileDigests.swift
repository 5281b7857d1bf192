internal import Concurrency
internal import FileSystem
internal import Glibc
package import OCI

/// The hashes of files of this machine, remembered from one build to the next, so that a file is read again only when
/// its ``FileStamp`` has changed.
///
/// A file that was changed so recently that a further change might leave its stamp as it is, is hashed and not
/// remembered. What is remembered is no more than that: without it, or when it is damaged, files are hashed again.
package final class FileDigests: Sendable {
    private struct Additions {
        var records: [DigestRecords.Key: DigestRecords.Record] = [:]
        /// Which of the known records were asked for.
        var used: [Bool]
        var usedCount = 0
    }

    private let path: String
    private let known: DigestRecords
    private let state: Guarded<Additions>

    /// Reads what is remembered.
    ///
    /// - Parameter record: The path of the file that remembers; it need not exist. It is best one for each tree of files
    ///   that is built from.
    package init(record: String) {
        path = record
        known = DigestRecords(path: record)
        state = Guarded(Additions(used: Array(repeating: false, count: known.records.count)))
    }

    /// The hash of a file's content, which is read unless it is known.
    ///
    /// - Parameters:
    ///   - path: A regular file; a symbolic link is none.
    ///   - stamp: What the file was a moment ago, if it was looked at then.
    /// - Throws: ``ImageError``, also when the file changes while it is read.
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

    /// Writes down what has been added, if anything has. Another process may do so at the same time; then what one of
    /// them has added is forgotten.
    ///
    /// - Throws: ``ImageError``.
    package func save() throws(ImageError) {
        let records = state.withLock { state -> [DigestRecords.Record]? in
            if state.records.isEmpty { return nil }
            // Most of what nobody asked for is gone from the machine, or changed.
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
        let place = known.place(of: DigestRecords.Key(stamp))
        return state.withLock { state in
            if let place, known.records[place].stamp == stamp {
                if !state.used[place] {
                    state.used[place] = true
                    state.usedCount += 1
                }
                return known.records[place].hash
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
        // No larger than the file, since most files are small and a page that is touched costs more than they do.
        let room = min(bufferSize, Int(clamping: file.stamp.size) + 1)
        try withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { buffer in
            while case let count = try file.read(into: buffer), count > 0 {
                hasher.update(.init(rebasing: buffer[..<count]))
                if hasher.count > file.stamp.size { break }
            }
        }
        guard hasher.count == file.stamp.size, try file.isUnchanged() else { throw LayerFailure.changed(path) }
        return (ContentHash(hasher.hash), file.stamp)
    }
}
