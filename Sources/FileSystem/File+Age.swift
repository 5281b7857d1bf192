internal import CLinux
internal import Glibc

/// Files that are kept as long as somebody needs them: who needs one makes it young, who tidies up removes old ones.
/// A lock on the file keeps the two apart, so that a file which was made young stays.
extension File {
    /// Makes a file young.
    ///
    /// A file of somebody else, one behind a symbolic link, or on a device that cannot be written, is left as it is.
    ///
    /// - Returns: What the file is; `nil` when it does not exist, or no more.
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

    /// Removes a file, unless it is younger than a moment or somebody is just making it so.
    ///
    /// - Returns: Whether it was removed.
    package static func remove(_ path: String, ifOlderThan time: FileTime) throws(FileError) -> Bool {
        switch try opened(path) {
        case nil: return false
        case .other:
            // A link, or what else may have the name; nobody takes it for a file that is needed.
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
        /// No regular file.
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
    /// Whether anybody can still find the file.
    fileprivate func hasName() throws(FileError) -> Bool {
        var status = stat()
        _ = try calling("look at", path) { fstat(descriptor, &status) }
        return status.st_nlink > 0
    }
}
