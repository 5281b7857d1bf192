internal import Glibc

/// What is done with one file as a whole.
package enum File {
    /// The whole content of a file, which may also be a pipe.
    ///
    /// - Parameters:
    ///   - limit: The most that is accepted, in bytes.
    ///   - purpose: ``OpenFile/Purpose/content`` where only a regular file will do.
    /// - Throws: ``FileError``, with `EFBIG` when there is more.
    package static func read(
        _ path: String, limit: Int, for purpose: OpenFile.Purpose = .reading
    ) throws(FileError) -> [UInt8] {
        try read(OpenFile(path, for: purpose), limit: limit)
    }

    /// The content of a regular file in a folder that no symbolic link leads out of.
    ///
    /// - Throws: ``FileError``, with `EFBIG` when there is more than the limit, and
    ///   ``FileError/isNoRegularFile`` for anything else.
    package static func read(_ name: String, below folder: String, limit: Int) throws(FileError) -> [UInt8] {
        try read(OpenFile(name, below: OpenFile(folder, for: .folder)), limit: limit)
    }

    private static func read(_ file: OpenFile, limit: Int) throws(FileError) -> [UInt8] {
        let path = file.path
        let expected = Int(clamping: try file.status().size)
        guard expected <= limit else { throw FileError(EFBIG, "read", path) }
        var content: [UInt8] = []
        content.reserveCapacity(expected)
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try calling("read", path) { Glibc.read(file.descriptor, &piece, piece.count) }
            if count == 0 { return content }
            content += piece[..<count]
            guard content.count <= limit else { throw FileError(EFBIG, "read", path) }
        }
    }

    /// Gives a file new content, or creates it. Whoever opens it finds the old content or the new one, never a mixture,
    /// and a power failure leaves one of them too.
    ///
    /// - Parameter permissions: Those of the new file, before the umask.
    package static func replace(
        _ path: String, with bytes: [UInt8], permissions: UInt32 = 0o666
    ) throws(FileError) {
        let folder = Folder.containing(path)
        var file = try NewFile(in: folder, permissions: permissions)
        try file.write(bytes)
        try file.commit(as: path)
        try Folder.synchronize(folder)
    }

    /// Gives a file another name, in the place of the file that had it.
    package static func rename(_ path: String, to newPath: String) throws(FileError) {
        _ = try calling("put a file in the place of", newPath) { Glibc.rename(path, newPath) }
    }

    /// The path of the file behind symbolic links; the path itself when there is no such file.
    package static func resolvingLinks(_ path: String) throws(FileError) -> String {
        guard let real = realpath(path, nil) else {
            if errno == ENOENT || errno == ENOTDIR { return path }
            throw FileError(errno, "follow the links of", path)
        }
        defer { free(real) }
        return String(cString: real)
    }

    /// Removes a file.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    package static func remove(_ path: String) throws(FileError) -> Bool {
        do {
            _ = try calling("remove", path) { unlink(path) }
            return true
        } catch {
            if error.isMissing { return false }
            throw error
        }
    }
}
