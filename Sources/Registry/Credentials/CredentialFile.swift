internal import FileSystem
internal import JSON
internal import OCI

/// A file of credentials that is changed as a whole: nobody ever sees half of it, and two who change it at the same
/// time do not lose each other's change.
struct CredentialFile: Sendable {
    let path: String

    /// How long another process is waited for.
    static let timeout = Duration.seconds(10)

    /// The content, or `nil` when there is no such file, or nothing in it.
    ///
    /// - Throws: ``ImageError`` of code `failed` that names the file.
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

    /// Changes the object in the file; it is made, readable by its owner only, if it is not there.
    ///
    /// - Parameter change: Gets the object as it is and says whether it has changed it.
    /// - Throws: ``ImageError`` of code `failed` that names the file; `CancellationError`.
    func update(_ change: (inout JSONObject) throws -> Bool) async throws {
        do {
            // A symbolic link stays one, so that people may keep the file elsewhere.
            let target = CredentialFile(path: try File.resolvingLinks(path))
            let folder = Folder.containing(target.path)
            try Folder.create(folder, permissions: 0o700)
            // The folder is locked, since the file is replaced.
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
        // Whoever logs in by way of sudo shall not take the file away from its owner.
        try file.takeOwner(of: path)
        try file.commit(as: path)
        try Folder.synchronize(folder)
    }
}
