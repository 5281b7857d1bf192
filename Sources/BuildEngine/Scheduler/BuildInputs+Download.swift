internal import Concurrency
internal import FileSystem
internal import OCI

extension BuildInputs.Download {
    /// Compares the content with a digest.
    ///
    /// - Parameter attempt: What is being done, for the error.
    /// - Throws: ``ImageError``, of code `verification` when it is another.
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
