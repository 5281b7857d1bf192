internal import FileSystem
internal import OCI

/// The folder that builds keep their cache in, which several processes use at once.
package struct Workspace: Sendable {
    /// An absolute path.
    package let folder: String
    let index: CacheIndex
    let layers: LayerStore
    /// Held while the cache is used, so that nothing is pruned meanwhile.
    private let lock: FileLock

    /// Opens the folder, or makes it.
    ///
    /// - Throws: ``ImageError``; `CancellationError` while another process prunes the cache.
    package init(folder: String, waiting notice: () -> Void = {}) async throws {
        self.folder = folder
        do {
            try Folder.create("\(folder)/blobs")
            let file = try OpenFile("\(folder)/lock", for: .updating)
            lock = try await FileLock(.shared, waitingFor: file, patience: .seconds(600), notice: notice)
        } catch let error as FileError {
            throw ImageError(
                .failed, "cannot use the build cache \(folder)", error.reason,
                advice: error.isFull
                    ? "make room on its device, or run: imgtool build prune"
                    : "choose another folder with IMGTOOL_CACHE")
        }
        index = try CacheIndex("\(folder)/cache.db")
        layers = try LayerStore(folder: folder)
    }

    /// Where a blob lies when it is there.
    func blob(_ digest: Digest) -> String { "\(folder)/blobs/\(digest.hex)" }

    /// Where sandboxes are made.
    func sandboxPlace() throws(ImageError) -> SandboxPlace { try SandboxPlace(folder: "\(folder)/sandbox") }
}
