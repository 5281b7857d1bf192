internal import Concurrency
internal import FileSystem
internal import OCI

extension BuildInputs.Download {
    /// Verifies the content against a digest.
    ///
    /// - Parameter attempt: The operation, for the error.
    /// - Throws: ``ImageError``, of code `verification` on a mismatch.
    func verify(_ checksum: String, _ attempt: String) throws {
        let expected = try Digest(checksum)
        var hasher = DigestHasher(expected.algorithm)
        let pieces = try OpenFile(path, for: .reading).pieces()
        while let piece = try pieces() { hasher.update(piece) }
        guard hasher.finalize() == expected else {
            throw ImageError(.verification, attempt, "its content does not have the digest \(expected)")
        }
    }
}
