internal import Concurrency
internal import OCI

extension Build {
    /// Handles a damaged blob of an image: if it is a file of the cache, the file is removed, so that another build
    /// makes it anew.
    ///
    /// - Returns: True if a file was removed.
    /// - Throws: ``ImageError``.
    package func removeDamagedBlobs(of images: [Image]) async throws -> Bool {
        let layers = images.flatMap(\.snapshot.layers)
        return try await OwnThread.run {
            try self.layers.removeDamagedBlobs(of: layers, with: self.contexts.digests)
        }
    }
}
