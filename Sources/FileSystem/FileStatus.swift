internal import Glibc

/// What a file is, as far as anybody here asks.
package struct FileStatus: Sendable, Hashable {
    package enum Kind: Sendable {
        case file, folder, other
    }

    /// What makes a file the same file, whatever it is called.
    package struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// The user and the group that a file belongs to.
    struct Owner: Sendable, Hashable {
        let user: UInt32
        let group: UInt32
    }

    package let kind: Kind
    /// Bytes.
    package let size: Int64
    package let identity: Identity
    /// When the content was last written, or the file refreshed.
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

    /// What a path leads to, through symbolic links; `nil` when that does not exist.
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
