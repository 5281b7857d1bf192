internal import FileSystem
internal import JSON
internal import OCI

/// A file of credentials that is replaced atomically, under a lock, so that concurrent changes are not lost.
struct CredentialFile: Sendable {
    let path: String

    /// The maximum time to wait for another process.
    static let timeout = Duration.seconds(10)

    /// The content; `nil` if the file does not exist or is empty.
    ///
    /// - Throws: ``ImageError`` of code `failed` with the file.
    func read() throws(ImageError) -> JSONValue? {
        let bytes: [UInt8]?
        do {
            bytes = try ConfigurationFile.read(path)
        } catch {
            throw AuthFile.refusal(path, error.reason)
        }
        guard let bytes, !bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return nil }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw AuthFile.refusal(path, error)
        }
    }

    /// Changes the object in the file. A new file is readable by its owner only.
    ///
    /// - Parameter change: Changes the object, and returns true if it did.
    /// - Throws: ``ImageError`` of code `failed` with the file; `CancellationError`.
    func update(_ change: (inout JSONObject) throws -> Bool) async throws {
        do {
            // Symbolic links are preserved, so that the file can be kept elsewhere.
            let target = CredentialFile(path: try File.resolvingLinks(path))
            let folder = Folder.containing(target.path)
            try Folder.create(folder, permissions: 0o700)
            // Lock the folder, since the file is replaced.
            let lock = try await FileLock(
                .exclusive, waitingFor: OpenFile(folder, for: .folder), timeout: Self.timeout)
            defer { lock.release() }
            let content = try target.read() ?? .object(JSONObject())
            guard var object = content.object else {
                throw AuthFile.refusal(path, "it is a JSON \(content.kind), not an object")
            }
            if try change(&object) { try target.replace(JSONValue.object(object).bytes() + [UInt8(ascii: "\n")]) }
        } catch let error as FileError {
            throw ImageError(.failed, "cannot change the credentials in \(path)", error.reason)
        }
    }

    private func replace(_ bytes: [UInt8]) throws(FileError) {
        let folder = Folder.containing(path)
        var file = try NewFile(in: folder, permissions: 0o600)
        try file.write(bytes)
        // Under sudo, the file must remain its owner's.
        try file.takeOwner(of: path)
        try file.commit(as: path)
        try Folder.synchronize(folder)
    }
}
