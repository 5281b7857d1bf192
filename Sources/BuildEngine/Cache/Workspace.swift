internal import FileSystem
internal import OCI
internal import Snapshots

/// The folder of the build cache, which several processes may use at once.
package struct Workspace: Sendable {
    /// An absolute path.
    package let folder: String
    let index: CacheIndex
    let layers: LayerStore
    /// Held while the cache is in use, so that it is not pruned.
    private let lock: FileLock

    /// The maximum time to wait for another process.
    private static let timeout = Duration.seconds(600)

    /// Opens or creates the folder.
    ///
    /// - Throws: ``ImageError``; `CancellationError` while another process prunes the cache.
    package init(folder: String, waiting notice: () -> Void = {}) async throws {
        self.folder = folder
        do {
            try PrivateFolder.create(folder)
            try PrivateFolder.secure(folder)
        } catch let error as FileError {
            throw Self.refusal(error, folder)
        }
        try await Self.distrustChangedLayers(in: folder)
        lock = try await Self.lockSecured(folder, .shared, waiting: notice)
        do {
            try Folder.create("\(folder)/blobs", permissions: 0o700)
        } catch {
            throw Self.refusal(error, folder)
        }
        index = try CacheIndex("\(folder)/cache.db")
        layers = try LayerStore(folder: folder)
    }

    /// Removes unfinished content. To be called at the end of a build in any case.
    package func close() { layers.close() }

    /// Locks the cache: shared for builds, exclusive for removing content.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    static func lock(
        _ folder: String, _ kind: FileLock.Kind, waiting notice: () -> Void
    ) async throws -> FileLock {
        do {
            try PrivateFolder.secure(folder)
        } catch let error as FileError {
            throw refusal(error, folder)
        }
        return try await lockSecured(folder, kind, waiting: notice)
    }

    private static func lockSecured(
        _ folder: String, _ kind: FileLock.Kind, waiting notice: () -> Void
    ) async throws -> FileLock {
        do {
            return try await FileLock(kind, waitingFor: try lockFile(folder), timeout: timeout, notice: notice)
        } catch let error as FileError {
            throw refusal(error, folder)
        }
    }

    private static func lockFile(_ folder: String) throws(FileError) -> OpenFile {
        try OpenFile("\(folder)/lock", for: .updating, permissions: 0o600)
    }

    /// Removes layers that have lost their extended attributes, for instance if the cache was copied here by tar
    /// without `--xattrs`: opaque folders would be lost, and capabilities of programs.
    ///
    /// - Throws: ``ImageError`` if the owners of files have changed, for instance because the user has other
    ///   subordinate ids now; `CancellationError`.
    private static func distrustChangedLayers(in folder: String) async throws {
        do {
            while let loss = try LayerStore.loss(in: folder) {
                if loss == .owners {
                    throw ImageError(
                        .failed, "cannot use the build cache \(folder)",
                        UserNamespace.shortcoming?.reason ?? "its files belong to ids that are no longer this user's",
                        advice: UserNamespace.shortcoming.map {
                            "\($0.advice), or choose another folder with IMGTOOL_CACHE"
                        }
                            ?? "have root remove it, or choose another folder with IMGTOOL_CACHE")
                }
                // The holder of the lock may be doing the same, and may keep it for a whole build.
                if let lock = try FileLock(.exclusive, trying: try lockFile(folder)) {
                    defer { lock.release() }
                    if try LayerStore.loss(in: folder) != nil { try LayerStore.reset(in: folder) }
                } else {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        } catch let error as FileError {
            throw refusal(error, folder)
        }
    }

    private static func refusal(_ error: FileError, _ folder: String) -> ImageError {
        let advice =
            error.isFull
            ? "free some space there, for instance with imgtool build prune"
            : error.isTimeout ? "try again when it has ended" : "choose another folder with IMGTOOL_CACHE"
        return ImageError(.failed, "cannot use the build cache \(folder)", error.reason, advice: advice)
    }

    /// The path of a blob.
    func blob(_ digest: Digest) -> String { "\(folder)/blobs/\(digest.hex)" }
}
