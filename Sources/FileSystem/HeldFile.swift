internal import CLinux
package import Glibc

/// An open handle on whatever has a name, symbolic links included. While it is held, its inode number cannot be reused.
package final class HeldFile {
    private let descriptor: Int32
    private let path: String

    /// - Parameter flags: Flags for open(2); the default, `O_PATH`, opens the entry without access to its content.
    package init(_ name: OpenFolder.Name, in folder: OpenFolder, flags: Int32 = clinux_path_only) throws(FileError) {
        descriptor = try folder.calling("open", name) { clinux_openat($0, $1, flags | O_NOFOLLOW, 0) }
        path = "\(folder.path)/\(String(decoding: name.dropLast(), as: UTF8.self))"
    }

    deinit { close(descriptor) }

    /// A path that stays valid when the file is renamed or moved.
    package var procPath: String { "/proc/self/fd/\(descriptor)" }

    package func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno, "look at", path) }
        return status
    }

    /// Returns true if the name in the folder still belongs to this file.
    package func isNamed(_ name: OpenFolder.Name, in folder: OpenFolder) -> Bool {
        guard let there = try? folder.status(name), let own = try? status() else { return false }
        return there.st_ino == own.st_ino && there.st_dev == own.st_dev
    }
}
