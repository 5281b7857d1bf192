internal import Glibc

/// Operations on folders.
package enum Folder {
    /// Creates a folder and its missing parents.
    ///
    /// - Parameter permissions: The permissions of new folders, before the umask.
    package static func create(_ path: String, permissions: UInt32 = 0o777) throws(FileError) {
        let operation = "create the folder"
        do {
            _ = try calling(operation, path) { mkdir(path, permissions) }
        } catch {
            switch error.code {
            case EEXIST:
                guard try FileStatus(of: path)?.kind == .folder else { throw FileError(EEXIST, operation, path) }
            case ENOENT where containing(path) != path:
                try create(containing(path), permissions: permissions)
                // Another process may create the same folders at the same time.
                do { _ = try calling(operation, path) { mkdir(path, permissions) } } catch  where error.code == EEXIST {
                }
            default:
                throw error
            }
        }
    }

    /// The names in a folder, sorted by their bytes, without `.` and `..`.
    package static func list(_ path: String) throws(FileError) -> [String] {
        guard let folder = opendir(path) else { throw FileError(errno, "list the folder", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        if errno != 0 { throw FileError(errno, "list the folder", path) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Flushes a folder's entries to the device, so that they survive a power failure.
    package static func synchronize(_ path: String) throws(FileError) {
        let folder = try OpenFile(path, for: .folder)
        _ = try calling("flush the folder", path) { fsync(folder.descriptor) }
    }

    /// The parent folder of a path, by its text alone.
    package static func containing(_ path: String) -> String {
        let trimmed = path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }
        let parent = trimmed.drop { $0 != UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: "/") }
        if parent.isEmpty { return path.hasPrefix("/") ? "/" : "." }
        return String(decoding: parent.reversed(), as: UTF8.self)
    }
}
