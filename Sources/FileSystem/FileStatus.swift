internal import CLinux
package import Glibc

/// The status of a file (stat(2)).
package struct FileStatus: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case file, folder, symbolicLink, fifo, socket
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
    }

    /// The device and inode, which identify a file regardless of its name.
    package struct Identity: Sendable, Hashable {
        package let device: UInt64
        package let inode: UInt64

        package init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    package var kind: Kind
    /// The permissions with the set-user-id, set-group-id and sticky bits: 0 to 0o7777.
    package let mode: UInt16
    package let uid: UInt32
    package let gid: UInt32
    /// In bytes.
    package let size: Int64
    /// The time of the last write or refresh.
    package let modified: FileTime
    /// The time of the last change of content or attributes, which no program can set.
    package let changed: FileTime
    /// The number of hard links.
    package let linkCount: Int
    package let identity: Identity

    package init(_ status: stat) {
        func numbers() -> (major: UInt32, minor: UInt32) {
            (clinux_device_major(status.st_rdev), clinux_device_minor(status.st_rdev))
        }
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .folder
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice(major: numbers().major, minor: numbers().minor)
            case S_IFBLK: .blockDevice(major: numbers().major, minor: numbers().minor)
            default: .file
            }
        mode = UInt16(status.st_mode & 0o7777)
        uid = status.st_uid
        gid = status.st_gid
        size = Int64(status.st_size)
        modified = FileTime(status.st_mtim)
        changed = FileTime(status.st_ctim)
        linkCount = Int(status.st_nlink)
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// The status of the file at a path, following symbolic links; `nil` if it does not exist.
    package init?(of path: String) throws(FileError) {
        var status = stat()
        do {
            _ = try calling("look at", path) { stat(path, &status) }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        self.init(status)
    }

    /// The status of the file at a path, without following a symbolic link at its end; `nil` if it does not exist.
    package init?(of path: BytePath) throws(FileError) {
        var status = stat()
        let code = path.withCString { lstat($0, &status) == 0 ? 0 : errno }
        if code == ENOENT || code == ENOTDIR { return nil }
        guard code == 0 else { throw FileError(code, "look at", path.text) }
        self.init(status)
    }
}
