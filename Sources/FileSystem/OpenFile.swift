internal import CLinux
internal import Glibc

/// A file or folder that is open; it is closed with the value's last use.
///
/// Reads and writes say where, so one open file may serve several readers.
package final class OpenFile: Sendable {
    package enum Purpose: Sendable {
        /// Reading a file that exists, or a device or pipe.
        case reading
        /// Reading a regular file that exists, and nothing that would have to be waited for.
        case content
        /// Reading and writing a file, which is created if it does not exist. No link to it is followed.
        case updating
        /// As ``updating``, but only a regular file that belongs to this user and has no other name. So it may have a name
        /// that others can guess in a folder that they can write to.
        case own
        /// Writing a file that must not exist.
        case creating
        /// Reading and writing a file that must not exist, of nobody else's.
        case scratch
        /// Writing a file that is created, or emptied if it exists. No link to it is followed.
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

    /// - Parameter permissions: Those of a file that is created, before the umask.
    package convenience init(_ path: String, for purpose: Purpose, permissions: UInt32 = 0o666) throws(FileError) {
        try self.init(path, in: AT_FDCWD, path, for: purpose, permissions: permissions)
    }

    /// - Parameters:
    ///   - folder: The descriptor of an open folder.
    ///   - name: A name in that folder.
    ///   - path: What it is called in messages.
    init(
        _ name: String, in folder: Int32, _ path: String, for purpose: Purpose, permissions: UInt32 = 0o666
    ) throws(FileError) {
        self.path = path
        descriptor = try calling(purpose.operation, path) {
            clinux_openat(folder, name, purpose.flags, permissions)
        }
        try check(purpose)
    }

    /// Opens what is there, to look what it is.
    init(_ name: String, in folder: Int32, _ path: String, flags: Int32) throws(FileError) {
        self.path = path
        descriptor = try calling("read", path) { clinux_openat(folder, name, flags, 0) }
    }

    /// Wraps a folder that is open.
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
        // A file that somebody has taken away meanwhile has no name at all.
        if purpose == .own, status.st_uid != geteuid() || status.st_nlink > 1 {
            throw FileError(FileError.foreign, purpose.operation, path)
        }
    }

    /// A regular file that is read, below a folder that symbolic links take for the root of all files: none leads out of
    /// it. Nothing is waited for, as it would be with a FIFO.
    ///
    /// - Parameter name: Its path below the folder.
    package init(_ name: String, below folder: OpenFile) throws(FileError) {
        let path = "\(folder.path)/\(name)"
        self.path = path
        descriptor = try calling("read", path) { clinux_open_file_in_root(folder.descriptor, name) }
        try check(.content)
    }

    /// A file without a name, for what is needed only as long as it is open.
    ///
    /// - Parameter folder: Whose file system it takes its space from.
    package convenience init(scratchIn folder: String) throws(FileError) {
        try self.init("\(folder)/\(TemporaryName.random())", for: .scratch, permissions: 0o600)
        try File.remove(path)
    }

    deinit { close(descriptor) }

    /// What the open file is, even when its name is gone.
    package func status() throws(FileError) -> FileStatus {
        var status = stat()
        _ = try calling("look at", path) { fstat(descriptor, &status) }
        return FileStatus(status)
    }

    /// Up to `count` bytes from an offset on; none at the end.
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

    /// The next bytes of what cannot be read from an offset on, such as a pipe; none at the end.
    package func readNext(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try calling("read", path) { Glibc.read(descriptor, &bytes, count) }
        bytes.removeLast(count - read)
        return bytes
    }

    /// Writes all the bytes, from an offset on.
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

    /// Writes all the bytes to what has no offsets, such as a pipe.
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

    /// Cuts the file off.
    package func truncate(to size: Int64) throws(FileError) {
        _ = try calling("truncate", path) { ftruncate(descriptor, off_t(size)) }
    }

    /// Gives the file to its new owner; only root may, and nobody else needs to.
    func give(to owner: FileStatus.Owner) throws(FileError) {
        guard geteuid() == 0 else { return }
        _ = try calling("give away", path) { fchown(descriptor, owner.user, owner.group) }
    }

    /// Returns when the content, and the size that is needed to read it, will survive a power failure.
    package func synchronizeContent() throws(FileError) {
        _ = try calling("flush", path) { fdatasync(descriptor) }
    }
}
