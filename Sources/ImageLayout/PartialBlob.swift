internal import FileSystem
internal import OCI

/// A blob that is being written into a layout, in a locked file of its own.
struct PartialBlob {
    private let descriptor: Descriptor
    private let folder: OpenFolder
    private let name: String
    private let file: OpenFile
    private let lock: FileLock

    /// Opens the file of a blob, waiting for another writer if there is one.
    ///
    /// If another user has put something in its place, that is left alone and a file with an unpredictable name is
    /// used.
    ///
    /// - Returns: `nil` if the file is gone after the wait; then the blob may exist.
    init?(of descriptor: Descriptor, in folder: OpenFolder, of layout: LayoutStore) async throws {
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
        _ name: String, in folder: OpenFolder
    ) throws(FileError) -> (name: String, file: OpenFile) {
        do {
            return (name, try folder.open(name, for: .own))
        } catch {
            guard error.isForeign else { throw error }
        }
        return try folder.create(prefix: "\(name)-")
    }

    /// Releases the lock; to be called last, in any case.
    func release() {
        lock.release()
    }

    /// Fetches the missing part. Content left by a killed process is hashed and used, unless the whole turns out to be
    /// wrong.
    ///
    /// - Throws: ``FileError`` for failures to write; the error of the source.
    func fetch(_ blob: BlobContent) async throws {
        let leftover = try file.status().size
        if leftover > 0, leftover <= descriptor.size {
            do {
                return try await receive(blob, after: hashed())
            } catch let error as ImageError where error.code == .verification {
                // The existing beginning may be wrong, so try once more without it.
            }
        }
        try clear()
        try await receive(blob, after: nil)
    }

    /// Writes content that is in memory.
    func write(_ bytes: [UInt8]) throws(FileError) {
        try clear()
        try file.write(bytes, at: 0)
    }

    /// Flushes the content and moves the file to its final name.
    func commit(to blobs: OpenFolder) throws(FileError) {
        try file.synchronizeContent()
        try folder.move(name, to: blobs, as: descriptor.digest.hex)
    }

    /// Removes the file.
    func discard() throws(FileError) {
        try folder.remove(name)
    }

    /// Handles a failure: the file stays if the source broke off, so that the next run can resume. It is removed if the
    /// content is wrong, if writing failed, or if the user cancelled.
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
