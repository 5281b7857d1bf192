internal import Glibc

/// A failed operation on a file.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Stands in for an `errno`: not a regular file.
    static let noFile: Int32 = -1
    /// Stands in for an `errno`: a file that belongs to another user or has another hard link.
    static let foreign: Int32 = -2

    /// The `errno` of the call, or one of the codes above.
    package let code: Int32
    /// The operation that failed, such as "read" or "create the folder".
    package let operation: String
    package let path: String

    package init(_ code: Int32, _ operation: String, _ path: String) {
        self.code = code
        self.operation = operation
        self.path = path
    }

    /// True if no file has this name.
    package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    /// True if the device is full or the disk quota is used up.
    package var isFull: Bool { code == ENOSPC || code == EDQUOT }
    /// True if the file system is read-only.
    package var isReadOnly: Bool { code == EROFS }
    /// True if the name belongs to a folder, device, pipe or socket.
    package var isNoRegularFile: Bool { [Self.noFile, EISDIR].contains(code) }
    /// True if the file may have been put there by another user.
    package var isForeign: Bool { [Self.noFile, Self.foreign, ELOOP, ENXIO, EISDIR, EACCES, EPERM].contains(code) }
    /// True if a lock was not released in time.
    package var isTimeout: Bool { code == ETIMEDOUT }

    /// The reason for the failure, for error messages.
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
        case Self.foreign: "it belongs to another user or has another hard link"
        case ELOOP: "it is a symbolic link, and that is not followed here"
        case ETIMEDOUT: "another process is holding its lock"
        default: String(cString: strerror(code))
        }
    }

    package var description: String { "cannot \(operation) \(path): \(reason)" }
}

/// Makes a system call and repeats it when a signal interrupts it.
///
/// - Throws: ``FileError`` if the result is negative.
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
