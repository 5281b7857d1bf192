internal import Concurrency
internal import OCI

extension Build {
    /// Looks for the reason why a blob of images turned out to be damaged: when it is a file of the cache, the file is
    /// removed, and another build makes it anew.
    ///
    /// - Returns: Whether it was.
    /// - Throws: ``ImageError``.
    package func removeDamagedBlobs(of images: [Image]) async throws -> Bool {
        let layers = images.flatMap(\.snapshot.layers)
        return try await OwnThread.run {
            try self.layers.removeDamagedBlobs(of: layers, with: self.contexts.digests)
        }
    }
}
