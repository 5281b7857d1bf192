internal import FileSystem
internal import Glibc

/// The names in a folder, sorted by their bytes, and the status of each.
struct FolderListing {
    private(set) var names: [(name: [UInt8], facts: FileFacts)] = []

    /// Reads a folder. Files that disappear in the meantime are omitted.
    ///
    /// - Throws: ``FileError``, also if the path is a link to a folder.
    init(_ path: DiskPath) throws(FileError) {
        let descriptor = path.withCString { open($0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(errno, "list the folder", path.text) }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw FileError(errno, "list the folder", path.text)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            try withUnsafePointer(to: &entry.pointee.d_name) { (name) throws(FileError) in
                try add(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self), in: descriptor, path)
            }
        }
        if errno != 0 { throw FileError(errno, "list the folder", path.text) }
        names.sort { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private mutating func add(_ name: UnsafePointer<CChar>, in folder: Int32, _ path: DiskPath) throws(FileError) {
        if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return }
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return }
            throw FileError(errno, "look at", "\(path.text)/\(String(cString: name))")
        }
        names.append((Array(UnsafeRawBufferPointer(start: name, count: strlen(name))), FileFacts(status)))
    }
}
