internal import Glibc

/// Operations on whole files.
package enum File {
    /// Reads the whole content of a file, which may also be a pipe.
    ///
    /// - Parameters:
    ///   - limit: The maximum size, in bytes.
    ///   - purpose: ``OpenFile/Purpose/content`` to accept regular files only.
    /// - Throws: ``FileError``, with `EFBIG` if the content exceeds the limit.
    package static func read(
        _ path: String, limit: Int, for purpose: OpenFile.Purpose = .reading
    ) throws(FileError) -> [UInt8] {
        try read(OpenFile(path, for: purpose), limit: limit)
    }

    /// Reads a regular file below a folder, which symbolic links cannot lead out of.
    ///
    /// - Throws: ``FileError``, with `EFBIG` if the content exceeds the limit, and ``FileError/isNoRegularFile`` for
    ///   anything but a regular file.
    package static func read(_ name: String, below folder: String, limit: Int) throws(FileError) -> [UInt8] {
        try read(OpenFile(name, below: OpenFile(folder, for: .folder)), limit: limit)
    }

    static func read(_ file: OpenFile, limit: Int) throws(FileError) -> [UInt8] {
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

    /// Writes a file atomically: readers see either the old content or the new, even after a power failure.
    ///
    /// - Parameter permissions: The permissions of the new file, before the umask.
    package static func replace(
        _ path: String, with bytes: [UInt8], permissions: UInt32 = 0o666
    ) throws(FileError) {
        let folder = Folder.containing(path)
        var file = try NewFile(in: folder, permissions: permissions)
        try file.write(bytes)
        try file.commit(as: path)
        try Folder.synchronize(folder)
    }

    /// Renames a file, replacing any file with the new name.
    package static func rename(_ path: String, to newPath: String) throws(FileError) {
        _ = try calling("replace", newPath) { Glibc.rename(path, newPath) }
    }

    /// Resolves the symbolic links in a path. Returns the path unchanged if the file does not exist.
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
    /// - Returns: True if the file existed.
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
