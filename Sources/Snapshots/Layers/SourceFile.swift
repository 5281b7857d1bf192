internal import CLinux
internal import FileSystem
internal import Glibc

/// A regular file that is read from beginning to end.
final class SourceFile {
    let path: String
    let descriptor: Int32
    /// The stamp when it was opened.
    let stamp: FileStamp

    /// - Throws: ``FileError``.
    init(_ path: String) throws(FileError) {
        // Without O_NONBLOCK, a pipe in its place would block.
        let descriptor = clinux_openat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw FileError(errno, "read", path) }
        var status = stat()
        let code = fstat(descriptor, &status) == 0 ? (status.st_mode & S_IFMT == S_IFREG ? 0 : EINVAL) : errno
        if code != 0 {
            close(descriptor)
            throw FileError(code, "read", path)
        }
        self.path = path
        self.descriptor = descriptor
        stamp = FileStamp(status)
    }

    deinit { close(descriptor) }

    /// - Returns: The number of bytes read; 0 at the end.
    /// - Throws: ``FileError``.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError(errno, "read", path) }
        }
    }

    /// Returns true if the file has not changed since it was opened.
    func isUnchanged() throws(FileError) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno, "look at", path) }
        return FileStamp(status) == stamp
    }
}
