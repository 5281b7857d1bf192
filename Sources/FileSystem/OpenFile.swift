internal import CLinux
internal import Glibc

/// An open file or folder, closed after the value's last use.
///
/// Reads and writes take an offset, so several readers can share one open file.
package final class OpenFile: Sendable {
    package enum Purpose: Sendable {
        /// Reading an existing file, device or pipe.
        case reading
        /// Reading an existing regular file; anything that could block is refused.
        case content
        /// Reading and writing a file, created if missing. Symbolic links are not followed.
        case updating
        /// Like ``updating``, but only for a regular file that belongs to this user and has one hard link. Safe for
        /// predictable names in folders that other users can write to.
        case own
        /// Writing a new file; it is an error if the file exists.
        case creating
        /// Reading and writing a new file that only this user can access; it is an error if the file exists.
        case scratch
        /// Writing a file, created if missing and emptied if not. Symbolic links are not followed.
        case overwriting
        /// Writing to a device or pipe.
        case appending
        /// Locking and flushing a folder.
        case folder

        fileprivate var flags: Int32 {
            switch self {
            case .reading: O_RDONLY
            case .content: O_RDONLY | O_NONBLOCK | O_NOCTTY
            case .updating: O_RDWR | O_CREAT | O_NOFOLLOW
            case .own: O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
            case .creating: O_WRONLY | O_CREAT | O_EXCL
            case .scratch: O_RDWR | O_CREAT | O_EXCL
            case .overwriting: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
            case .appending: O_WRONLY
            case .folder: O_RDONLY | O_DIRECTORY
            }
        }

        fileprivate var operation: String {
            switch self {
            case .reading, .content: "read"
            case .updating, .own, .overwriting, .appending: "write"
            case .creating, .scratch: "create"
            case .folder: "open the folder"
            }
        }
    }

    package let path: String
    let descriptor: Int32

    /// - Parameter permissions: The permissions of a new file, before the umask.
    package convenience init(_ path: String, for purpose: Purpose, permissions: UInt32 = 0o666) throws(FileError) {
        try self.init(path, in: AT_FDCWD, path, for: purpose, permissions: permissions)
    }

    /// Opens a file that is not a symbolic link.
    package init(_ path: BytePath, for purpose: Purpose) throws(FileError) {
        self.path = path.text
        descriptor = try calling(purpose.operation, path.text) {
            path.withCString { clinux_openat(AT_FDCWD, $0, purpose.flags | O_NOFOLLOW, 0) }
        }
        try check(purpose)
    }

    /// - Parameters:
    ///   - folder: The descriptor of an open folder.
    ///   - name: A name in that folder.
    ///   - path: The path to show in error messages.
    init(
        _ name: String, in folder: Int32, _ path: String, for purpose: Purpose, permissions: UInt32 = 0o666
    ) throws(FileError) {
        self.path = path
        descriptor = try calling(purpose.operation, path) {
            clinux_openat(folder, name, purpose.flags, permissions)
        }
        try check(purpose)
    }

    /// Opens an existing file with the given flags, to find out what it is.
    init(_ name: String, in folder: Int32, _ path: String, flags: Int32) throws(FileError) {
        self.path = path
        descriptor = try calling("read", path) { clinux_openat(folder, name, flags, 0) }
    }

    /// Takes ownership of the descriptor of an open folder.
    init(adopting descriptor: Int32, _ path: String) {
        self.path = path
        self.descriptor = descriptor
    }

    private func check(_ purpose: Purpose) throws(FileError) {
        guard purpose == .content || purpose == .own else { return }
        var status = stat()
        _ = try calling("look at", path) { fstat(descriptor, &status) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileError(EISDIR, purpose.operation, path)
        default: throw FileError(FileError.noFile, purpose.operation, path)
        }
        // A link count of 0 is fine: the file was unlinked in the meantime.
        if purpose == .own, status.st_uid != geteuid() || status.st_nlink > 1 {
            throw FileError(FileError.foreign, purpose.operation, path)
        }
    }

    /// Opens a regular file for reading below a folder that symbolic links cannot lead out of. Does not block, even on
    /// a FIFO.
    ///
    /// - Parameter name: The path relative to the folder.
    package init(_ name: String, below folder: OpenFile) throws(FileError) {
        let path = "\(folder.path)/\(name)"
        self.path = path
        descriptor = try calling("read", path) { clinux_open_file_in_root(folder.descriptor, name) }
        try check(.content)
    }

    /// Creates a file without a name, which disappears when it is closed.
    ///
    /// - Parameter folder: A folder on the file system that provides the space.
    package convenience init(scratchIn folder: String) throws(FileError) {
        try self.init("\(folder)/\(TemporaryName.random())", for: .scratch, permissions: 0o600)
        try File.remove(path)
    }

    deinit { close(descriptor) }

    /// The status of the open file, even after it was unlinked.
    package func status() throws(FileError) -> FileStatus {
        var status = stat()
        _ = try calling("look at", path) { fstat(descriptor, &status) }
        return FileStatus(status)
    }

    /// Reads up to `count` bytes at an offset; empty at the end of the file.
    package func read(_ count: Int, at offset: Int64) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(FileError) {
                initialized = try calling("read", path) { pread(descriptor, buffer.baseAddress, count, off_t(offset)) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads the next bytes from a file without offsets, such as a pipe; empty at the end.
    package func readNext(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try calling("read", path) { Glibc.read(descriptor, &bytes, count) }
        bytes.removeLast(count - read)
        return bytes
    }

    /// Writes all bytes at an offset.
    package func write(_ bytes: [UInt8], at offset: Int64) throws(FileError) {
        var written = 0
        while written < bytes.count {
            written += try calling("write", path) {
                bytes.withUnsafeBytes { buffer in
                    pwrite(
                        descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written,
                        off_t(offset) + off_t(written))
                }
            }
        }
    }

    /// Writes all bytes to a file without offsets, such as a pipe.
    package func append(_ bytes: [UInt8]) throws(FileError) {
        var written = 0
        while written < bytes.count {
            written += try calling("write", path) {
                bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
                }
            }
        }
    }

    /// Truncates the file.
    package func truncate(to size: Int64) throws(FileError) {
        _ = try calling("truncate", path) { ftruncate(descriptor, off_t(size)) }
    }

    /// Changes the owner of the file; only root can, and only root needs to.
    func give(toOwnerOf other: FileStatus) throws(FileError) {
        guard geteuid() == 0 else { return }
        _ = try calling("give away", path) { fchown(descriptor, other.uid, other.gid) }
    }

    /// Flushes the content and size to the device, so that they survive a power failure.
    package func synchronizeContent() throws(FileError) {
        _ = try calling("flush", path) { fdatasync(descriptor) }
    }
}
