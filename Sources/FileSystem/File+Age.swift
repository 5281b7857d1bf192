internal import CLinux
internal import Glibc

/// Files that live as long as they are in use: users refresh a file, and garbage collection removes those not refreshed
/// for a while. A lock on the file keeps the two apart, so a refreshed file stays.
extension File {
    /// Sets a file's modification time to now.
    ///
    /// Files of other users, files behind symbolic links and files on read-only devices are left as they are.
    ///
    /// - Returns: The file's status; `nil` if it does not exist, or no longer.
    package static func refresh(_ path: String) throws(FileError) -> FileStatus? {
        switch try opened(path) {
        case nil: return nil
        case .other: return try FileStatus(of: path)
        case .file(let file):
            _ = try calling("lock", path) { clinux_flock(file.descriptor, clinux_lock_shared) }
            guard try file.hasName() else { return nil }
            do {
                _ = try calling("refresh", path) { futimens(file.descriptor, nil) }
            } catch {
                guard [EPERM, EACCES, EROFS].contains(error.code) else { throw error }
            }
            return try file.status()
        }
    }

    /// Removes a file unless it is younger than a given time or is being refreshed.
    ///
    /// - Returns: True if the file was removed.
    package static func remove(_ path: String, ifOlderThan time: FileTime) throws(FileError) -> Bool {
        switch try opened(path) {
        case nil: return false
        case .other:
            // A symbolic link or special file. None of them is ever in use.
            var status = stat()
            _ = try calling("look at", path) { lstat(path, &status) }
            guard FileTime(status.st_mtim) < time else { return false }
            return try remove(path)
        case .file(let file):
            guard let lock = try FileLock(.exclusive, trying: file) else { return false }
            defer { lock.release() }
            guard try file.hasName(), try file.status().modified < time else { return false }
            return try remove(path)
        }
    }

    private enum Found {
        case file(OpenFile)
        /// Anything but a regular file.
        case other
    }

    private static func opened(_ path: String) throws(FileError) -> Found? {
        do {
            let file = try OpenFile(path, in: AT_FDCWD, path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
            return try file.status().kind == .file ? .file(file) : .other
        } catch {
            if error.isMissing { return nil }
            if [ELOOP, ENXIO, ENODEV].contains(error.code) { return .other }
            throw error
        }
    }
}

extension OpenFile {
    /// Returns true if the file still has a name.
    fileprivate func hasName() throws(FileError) -> Bool {
        var status = stat()
        _ = try calling("look at", path) { fstat(descriptor, &status) }
        return status.st_nlink > 0
    }
}
