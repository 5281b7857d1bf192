internal import CLinux
package import Glibc

/// What a name stands for, a symbolic link too, held so that its inode number is nobody else's as long as the value lives.
package final class HeldFile {
    private let descriptor: Int32
    private let path: String

    /// - Parameter flags: `O_PATH` where nothing is to be read.
    package init(_ name: OpenFolder.Name, in folder: OpenFolder, flags: Int32 = clinux_path_only) throws(FileError) {
        descriptor = try folder.calling("open", name) { clinux_openat($0, $1, flags | O_NOFOLLOW, 0) }
        path = "\(folder.path)/\(String(decoding: name.dropLast(), as: UTF8.self))"
    }

    deinit { close(descriptor) }

    /// The path that leads to it whatever happens to its names.
    package var procPath: String { "/proc/self/fd/\(descriptor)" }

    package func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno, "look at", path) }
        return status
    }

    /// Whether it is what a folder has under a name.
    package func isNamed(_ name: OpenFolder.Name, in folder: OpenFolder) -> Bool {
        guard let there = try? folder.status(name), let own = try? status() else { return false }
        return there.st_ino == own.st_ino && there.st_dev == own.st_dev
    }
}
