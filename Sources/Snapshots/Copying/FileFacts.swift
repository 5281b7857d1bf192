internal import CLinux
internal import FileSystem
internal import Glibc

/// The status of a file, folder, link or device; links are not followed.
package struct FileFacts: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case file, folder, symbolicLink, fifo, socket
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
    }

    /// The device and inode, which identify a file regardless of its name.
    package struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64
    }

    package let kind: Kind
    /// Permissions with set-uid, set-gid and sticky bits: 0 to 0o7777.
    package let mode: UInt16
    package let uid: UInt32
    package let gid: UInt32
    /// In bytes.
    package let size: Int64
    /// Seconds since 1970, plus nanoseconds.
    package let modified: Int64
    package let nanoseconds: UInt32
    /// The number of hard links.
    package let linkCount: Int
    package let identity: Identity
    package let stamp: FileStamp

    init(_ status: stat) {
        func device() -> (major: UInt32, minor: UInt32) {
            (clinux_device_major(status.st_rdev), clinux_device_minor(status.st_rdev))
        }
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .folder
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice(major: device().major, minor: device().minor)
            case S_IFBLK: .blockDevice(major: device().major, minor: device().minor)
            default: .file
            }
        mode = UInt16(status.st_mode & 0o7777)
        uid = status.st_uid
        gid = status.st_gid
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec)
        nanoseconds = UInt32(clamping: status.st_mtim.tv_nsec)
        linkCount = Int(status.st_nlink)
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        stamp = FileStamp(status)
    }

    /// - Returns: `nil` if it does not exist.
    init?(of path: DiskPath) throws(FileError) {
        var status = stat()
        let code = path.withCString { lstat($0, &status) == 0 ? 0 : errno }
        if code == ENOENT || code == ENOTDIR { return nil }
        guard code == 0 else { throw FileError(code, "look at", path.text) }
        self.init(status)
    }

    /// The status of the root of an empty snapshot.
    static let emptyRoot: FileFacts = {
        var status = stat()
        status.st_mode = S_IFDIR | 0o755
        return FileFacts(status)
    }()

    /// True for overlayfs's mark of a removed file.
    var isWhiteout: Bool { kind == .characterDevice(major: 0, minor: 0) }
}
