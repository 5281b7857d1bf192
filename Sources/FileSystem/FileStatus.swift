internal import Glibc

/// The status of a file (stat(2)).
package struct FileStatus: Sendable, Hashable {
    package enum Kind: Sendable {
        case file, folder, other
    }

    /// The device and inode, which identify a file regardless of its name.
    package struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// The user and group that own a file.
    struct Owner: Sendable, Hashable {
        let user: UInt32
        let group: UInt32
    }

    package let kind: Kind
    /// In bytes.
    package let size: Int64
    package let identity: Identity
    /// The time of the last write or refresh.
    package let modified: FileTime
    let owner: Owner

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .other
            }
        size = Int64(status.st_size)
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        modified = FileTime(status.st_mtim)
        owner = Owner(user: status.st_uid, group: status.st_gid)
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
}
