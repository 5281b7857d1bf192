internal import Archive
internal import CLinux
internal import FileSystem
internal import Glibc

extension OpenFolder {
    /// What the folder itself is.
    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno, "look at", path) }
        return status
    }

    /// Creates a folder that must not exist.
    func createFolder(_ name: Name, permissions: mode_t = 0o755) throws(FileError) {
        try calling("create the folder", name) { mkdirat($0, $1, permissions) }
    }

    /// Creates an empty file that must not exist.
    func createFile(_ name: Name, permissions: mode_t = 0o644) throws(FileError) {
        close(
            try calling("create", name) { clinux_openat($0, $1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, permissions) }
        )
    }

    /// The whole content of a regular file.
    ///
    /// - Parameter limit: The most that is accepted, in bytes.
    /// - Returns: `nil` when the name stands for something else.
    func read(_ name: Name, limit: Int) throws(FileError) -> [UInt8]? {
        let file = try HeldFile(name, in: self, flags: O_RDONLY | O_NONBLOCK)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { return nil }
        return try File.read(file.procPath, limit: limit)
    }
}

/// What a name stands for, a symbolic link too, held so that its inode number is nobody else's as long as the value lives.
final class HeldFile {
    private let descriptor: Int32
    private let path: String

    /// - Parameter flags: `O_PATH` where nothing is to be read.
    init(_ name: OpenFolder.Name, in folder: OpenFolder, flags: Int32 = clinux_path_only) throws(FileError) {
        descriptor = try folder.calling("open", name) { clinux_openat($0, $1, flags | O_NOFOLLOW, 0) }
        path = "\(folder.path)/\(String(decoding: name.dropLast(), as: UTF8.self))"
    }

    deinit { close(descriptor) }

    /// The path that leads to it whatever happens to its names.
    var procPath: String { "/proc/self/fd/\(descriptor)" }

    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno, "look at", path) }
        return status
    }

    /// Whether it is what a folder has under a name.
    func isNamed(_ name: OpenFolder.Name, in folder: OpenFolder) -> Bool {
        guard let there = try? folder.status(name), let own = try? status() else { return false }
        return there.st_ino == own.st_ino && there.st_dev == own.st_dev
    }
}
