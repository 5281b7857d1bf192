internal import FileSystem
internal import Glibc
internal import OCI

/// A folder that no other user can read or change: files in a cache may have set-user-ID bits, and its content is
/// trusted.
///
/// Set-user-ID programs must not be reachable whatever the umask was, so owner and mode of each folder are checked
/// whenever a cache is opened.
enum PrivateFolder {
    /// The parts of a cache, except for a folder that stays empty. Each is private by itself, since a cache may be put
    /// into a folder that is not.
    private static let parts = ["blobs", "digests", "images", "layers", "mounts", "nodes", "sandbox", "tmp"]
    private static let othersMay: mode_t = 0o077
    private static let othersMayWrite: mode_t = 0o022

    /// Creates a cache's folder and its missing parents.
    static func create(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, Folder.containing(path) != path else {
            throw FileError(errno, "create the folder", path)
        }
        try Folder.create(Folder.containing(path))
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileError(errno, "create the folder", path) }
    }

    /// Makes a cache private to this user.
    ///
    /// - Throws: ``FileError`` on failure; ``ImageError`` if it belongs to another user.
    static func secure(_ path: String) throws {
        let folder = try OpenFolder(path, followsLink: true)
        let status = try folder.status()
        guard status.st_uid == geteuid() else { throw refusal(path, "it belongs to another user") }
        if status.st_mode & othersMay != 0 {
            if try isCache(folder) {
                try close(folder)
            } else if status.st_mode & othersMayWrite != 0 {
                throw refusal(path, "others may write to it")
            }
        }
        for name in parts {
            guard let status = try folder.status(name.asName) else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
                throw refusal("\(path)/\(name)", "it is not a folder of yours")
            }
            if status.st_mode & othersMay != 0 { try close(folder.open(below: name.utf8)) }
        }
    }

    /// Returns true if a folder only contains a cache.
    private static func isCache(_ folder: OpenFolder) throws(FileError) -> Bool {
        if let database = try folder.status("cache.db".asName), database.st_uid == geteuid() { return true }
        return try folder.names().isEmpty
    }

    private static func close(_ folder: OpenFolder) throws(FileError) {
        let mode = try folder.status().st_mode & 0o700
        if fchmod(folder.descriptor, mode) != 0 { throw FileError(errno, "close to others", folder.path) }
    }

    private static func refusal(_ path: String, _ reason: String) -> ImageError {
        ImageError(
            .failed, "cannot use the build cache \(path)", reason, advice: "choose another folder with IMGTOOL_CACHE")
    }
}
