internal import Archive
internal import Executor
internal import FileSystem
internal import Glibc
internal import OCI

/// A folder that nobody else may look into, or change: what steps leave in a cache may have set-user-id bits, and what is
/// found there is trusted.
///
/// As programs for anybody must not be reachable whatever the umask was, who owns each folder and what its mode is are
/// looked at whenever a cache is opened.
enum PrivateFolder {
    /// What a cache has, but for a folder that stays empty. Each is private by itself, as a cache may be put into a folder
    /// that is not.
    private static let parts = ["blobs", "digests", "images", "layers", "mounts", "sandbox", "tmp"]
    private static let othersMay: mode_t = 0o077
    private static let othersMayWrite: mode_t = 0o022

    /// Creates a cache's folder, and those above it.
    static func create(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, Folder.containing(path) != path else {
            throw FileError(errno, "create the folder", path)
        }
        try Folder.create(Folder.containing(path))
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileError(errno, "create the folder", path) }
    }

    /// Sees to it that a cache is the user's alone.
    ///
    /// - Throws: ``FileError`` when that cannot be done; ``ImageError`` when it is somebody else's already.
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

    /// Whether a folder is for a cache alone.
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
