internal import Glibc

/// Why the system did not do something with a file.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Stands for what no call of the system says: that something is no regular file.
    static let noFile: Int32 = -1
    /// Stands for a file that was put there by somebody else, or that goes by another name, too.
    static let foreign: Int32 = -2

    /// The `errno` of the call, or one of the codes above.
    package let code: Int32
    /// What was tried, as in "read" or "create the folder".
    package let operation: String
    package let path: String

    package init(_ code: Int32, _ operation: String, _ path: String) {
        self.code = code
        self.operation = operation
        self.path = path
    }

    /// There is nothing of that name.
    package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    /// The device, or the user's share of it, is full.
    package var isFull: Bool { code == ENOSPC || code == EDQUOT }
    /// The file system can be read only.
    package var isReadOnly: Bool { code == EROFS }
    /// What has the name is a folder, a device, a pipe or a socket.
    package var isNoRegularFile: Bool { [Self.noFile, EISDIR].contains(code) }
    /// What has the name was not put there by this user, as far as can be told.
    package var isForeign: Bool { [Self.noFile, Self.foreign, ELOOP, ENXIO, EISDIR, EACCES, EPERM].contains(code) }
    /// A lock was not free in time.
    package var isTimeout: Bool { code == ETIMEDOUT }

    /// What came back, for people.
    package var reason: String {
        switch code {
        case ENOENT: "it does not exist"
        case ENOTDIR: "a part of its path is not a folder"
        case EISDIR: "it is a folder"
        case EACCES, EPERM: "permission denied"
        case ENOSPC: "no space is left on its device"
        case EDQUOT: "the disk quota is used up"
        case EROFS: "its file system is read-only"
        case EFBIG: "it is larger than is accepted here"
        case Self.noFile: "it is not a regular file"
        case Self.foreign: "somebody else has put it there"
        case ELOOP: "it is a symbolic link, and that is not followed here"
        case ETIMEDOUT: "another process is holding its lock"
        default: String(cString: strerror(code))
        }
    }

    package var description: String { "cannot \(operation) \(path): \(reason)" }
}

/// Makes a system call, again if a signal interrupts it.
///
/// - Throws: ``FileError`` when it returns a negative number.
func calling<Result: SignedInteger>(
    _ operation: String, _ path: String, _ call: () -> Result
) throws(FileError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw FileError(code, operation, path) }
    }
}
