internal import CLinux
internal import Glibc
internal import JSON
internal import OCI

/// A file of credentials that is changed as a whole: nobody ever sees half of it, and two who change it at the same
/// time do not lose each other's change.
struct CredentialFile: Sendable {
    let path: String

    /// How long another process is waited for.
    static let patience = Duration.seconds(10)

    /// The content, or `nil` when there is no such file, or nothing in it.
    ///
    /// - Throws: ``ImageError`` of code `failed` that names the file.
    func read() throws(ImageError) -> JSONValue? {
        let bytes: [UInt8]?
        do {
            bytes = try SmallFile.read(path)
        } catch {
            throw AuthFile.refusal(path, "\(error)")
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
        let target = CredentialFile(path: resolved)
        try target.makeFolder()
        let folder = try await target.lockFolder()
        defer { close(folder) }
        let content = try target.read() ?? .object(JSONObject())
        guard var object = content.object else {
            throw AuthFile.refusal(path, "it is a JSON \(content.kind), not an object")
        }
        if try change(&object) { try target.replace(JSONValue.object(object).bytes() + [UInt8(ascii: "\n")]) }
    }

    // MARK: Steps

    /// The file behind symbolic links, so that the link stays one.
    private var resolved: String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func makeFolder() throws(ImageError) {
        let folder = folder
        var end = folder.startIndex
        while end < folder.endIndex {
            end = folder[folder.index(after: end)...].firstIndex(of: "/") ?? folder.endIndex
            guard mkdir(String(folder[..<end]), 0o700) == 0 || errno == EEXIST else { throw refusal() }
        }
    }

    /// A descriptor that holds the lock until it is closed. The folder is locked, since the file is replaced.
    private func lockFolder() async throws -> Int32 {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal() }
        let deadline = ContinuousClock.now + Self.patience
        do {
            while clinux_flock(descriptor, clinux_lock_exclusive | clinux_lock_nonblocking) != 0 {
                guard errno == EWOULDBLOCK || errno == EINTR else { throw refusal() }
                guard ContinuousClock.now < deadline else {
                    throw AuthFile.refusal(path, "another process has held the lock of \(folder) for \(Self.patience)")
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func replace(_ bytes: [UInt8]) throws(ImageError) {
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw refusal() }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let isWritten = write(bytes, to: descriptor) && fchmod(descriptor, 0o600) == 0 && fsync(descriptor) == 0
        let failure = isWritten ? nil : refusal()
        keepOwner(descriptor)
        close(descriptor)
        if failure == nil, rename(template, path) == 0 { return }
        let error = failure ?? refusal()
        unlink(template)
        throw error
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            offset += count
        }
        return true
    }

    /// Whoever logs in by way of sudo shall not take the file away from its owner.
    private func keepOwner(_ descriptor: Int32) {
        var status = stat()
        if stat(path, &status) == 0 { _ = fchown(descriptor, status.st_uid, status.st_gid) }
    }

    /// What `errno` says.
    private func refusal() -> ImageError {
        ImageError(.failed, "cannot change the credentials in \(path)", String(cString: strerror(errno)))
    }
}
