internal import CLinux
package import Glibc

extension OpenFolder {
    /// The status of the folder itself.
    package func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno, "look at", path) }
        return status
    }

    /// Creates a folder; it is an error if the name exists.
    package func createFolder(_ name: Name, permissions: UInt32 = 0o755) throws(FileError) {
        try calling("create the folder", name) { mkdirat($0, $1, permissions) }
    }

    /// Creates an empty file; it is an error if the name exists.
    package func createFile(_ name: Name, permissions: UInt32 = 0o644) throws(FileError) {
        close(
            try calling("create", name) { clinux_openat($0, $1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, permissions) }
        )
    }

    /// Opens a regular file for reading. Neither follows a symbolic link nor blocks.
    package func content(_ name: Name) throws(FileError) -> OpenFile {
        let descriptor = try calling("read", name) {
            clinux_openat($0, $1, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0)
        }
        let file = OpenFile(adopting: descriptor, "\(path)/\(String(decoding: name.dropLast(), as: UTF8.self))")
        guard try file.status().kind == .file else { throw FileError(FileError.noFile, "read", file.path) }
        return file
    }

    /// Reads the whole content of a regular file.
    ///
    /// - Parameter limit: The maximum size, in bytes.
    /// - Returns: `nil` if the name belongs to anything but a regular file.
    package func read(_ name: Name, limit: Int) throws(FileError) -> [UInt8]? {
        let file = try HeldFile(name, in: self, flags: O_RDONLY | O_NONBLOCK)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { return nil }
        return try File.read(file.procPath, limit: limit)
    }
}

extension String {
    /// In the form for ``OpenFolder``.
    package var asName: OpenFolder.Name { Array(utf8) + [0] }
}
