internal import FileSystem
internal import OCI

/// A blob on its way into a layout, in a file of its own that nobody else writes meanwhile.
struct PartialBlob {
    private let descriptor: Descriptor
    private let folder: AnchoredFolder
    private let name: String
    private let file: OpenFile
    private let lock: FileLock

    /// Opens the file of a blob, waiting for whoever is writing it.
    ///
    /// What others have put in its place is left alone, and a file taken whose name nobody can know.
    ///
    /// - Returns: `nil` when the file is gone after the wait; then the blob may be there.
    init?(of descriptor: Descriptor, in folder: AnchoredFolder, of layout: LayoutStore) async throws {
        let (name, file) = try Self.open(LayoutStore.partialName(descriptor.digest), in: folder)
        lock = try await FileLock(
            .exclusive, waitingFor: file, timeout: layout.timeout,
            signOfLife: { (try? file.status().size) ?? 0 },
            notice: { layout.notice("waiting for another process that is writing \(descriptor.digest.short)") })
        self.descriptor = descriptor
        self.folder = folder
        self.name = name
        self.file = file
        guard try folder.status(name)?.identity == (try file.status().identity) else {
            lock.release()
            return nil
        }
    }

    private static func open(
        _ name: String, in folder: AnchoredFolder
    ) throws(FileError) -> (name: String, file: OpenFile) {
        do {
            return (name, try folder.open(name, for: .own))
        } catch {
            guard error.isForeign else { throw error }
        }
        return try folder.create(prefix: "\(name)-")
    }

    /// Lets others in; to be called last, in any case.
    func release() {
        lock.release()
    }

    /// Fetches what is missing. What a killed process has left is hashed and used, unless the whole turns out to be wrong.
    ///
    /// - Throws: ``FileError`` for this side's trouble, whatever the source throws for the other side's.
    func fetch(_ blob: BlobContent) async throws {
        let leftover = try file.status().size
        if leftover > 0, leftover <= descriptor.size {
            do {
                return try await receive(blob, after: hashed())
            } catch let error as ImageError where error.code == .verification {
                // The beginning may be what is wrong, so the blob gets one more chance without it.
            }
        }
        try clear()
        try await receive(blob, after: nil)
    }

    /// Puts content there that is in memory.
    func write(_ bytes: [UInt8]) throws(FileError) {
        try clear()
        try file.write(bytes, at: 0)
    }

    /// Flushes the content and puts the file in its place.
    func commit(to blobs: AnchoredFolder) throws(FileError) {
        try file.synchronizeContent()
        try folder.move(name, to: blobs, as: descriptor.digest.hex)
    }

    /// Removes the file, which nobody needs any more.
    func discard() throws(FileError) {
        try folder.remove(name)
    }

    /// Decides what becomes of the file after a failure: it stays if the source broke off, because then the next run
    /// goes on from there. It is removed when it has wrong content, when this side cannot write it, and when the user
    /// wanted no more.
    func abandon(after error: any Error) {
        let code = (error as? ImageError)?.code
        let sourceFailed = code == .failed || code == .interrupted || code == .denied
        let isWorthKeeping = sourceFailed && !Task.isCancelled && ((try? file.status().size) ?? 0) > 0
        if !isWorthKeeping { _ = try? folder.remove(name) }
    }

    private func receive(_ blob: BlobContent, after hasher: DigestHasher?) async throws {
        var position = hasher?.count ?? 0
        if position == descriptor.size, hasher?.finalize() == descriptor.digest { return }
        let stream = try await blob.open(after: hasher)
        while let piece = try await stream.next() {
            try file.write(piece, at: position)
            position += Int64(piece.count)
        }
    }

    private func hashed() async throws -> DigestHasher {
        var hasher = DigestHasher(descriptor.digest.algorithm)
        let stream = FileStream(file)
        while let piece = try await stream.next() { hasher.update(piece) }
        return hasher
    }

    private func clear() throws(FileError) {
        if try file.status().size > 0 { try file.truncate(to: 0) }
    }
}
