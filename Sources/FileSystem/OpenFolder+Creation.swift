internal import CLinux
package import Glibc

extension OpenFolder {
    /// What the folder itself is.
    package func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno, "look at", path) }
        return status
    }

    /// Creates a folder that must not exist.
    package func createFolder(_ name: Name, permissions: UInt32 = 0o755) throws(FileError) {
        try calling("create the folder", name) { mkdirat($0, $1, permissions) }
    }

    /// Creates an empty file that must not exist.
    package func createFile(_ name: Name, permissions: UInt32 = 0o644) throws(FileError) {
        close(
            try calling("create", name) { clinux_openat($0, $1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, permissions) }
        )
    }

    /// The whole content of a regular file.
    ///
    /// - Parameter limit: The most that is accepted, in bytes.
    /// - Returns: `nil` when the name stands for something else.
    package func read(_ name: Name, limit: Int) throws(FileError) -> [UInt8]? {
        let file = try HeldFile(name, in: self, flags: O_RDONLY | O_NONBLOCK)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { return nil }
        return try File.read(file.procPath, limit: limit)
    }
}
