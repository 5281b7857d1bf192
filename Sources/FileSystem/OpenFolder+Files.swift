internal import CLinux
internal import Glibc

/// Files that are written in a folder as it was opened, whatever somebody puts in the place of the path that led to it.
extension OpenFolder {
    /// Opens a folder in this one. A symbolic link is followed only if this user or root created it.
    ///
    /// - Parameter isCreated: True to create the folder if it does not exist.
    package func folder(_ name: String, creating isCreated: Bool = false) throws(FileError) -> OpenFolder {
        let path = path(of: name)
        if isCreated, mkdirat(file.descriptor, name, 0o777) != 0, errno != EEXIST {
            throw FileError(errno, "create the folder", path)
        }
        let descriptor = try FileSystem.calling("open the folder", path) {
            clinux_open_own_folder(file.descriptor, name)
        }
        return OpenFolder(OpenFile(adopting: descriptor, path))
    }

    /// Opens a file in this folder.
    ///
    /// - Parameter permissions: The permissions of a new file, before the umask.
    package func open(
        _ name: String, for purpose: OpenFile.Purpose, permissions: UInt32 = 0o666
    ) throws(FileError) -> OpenFile {
        try OpenFile(name, in: file.descriptor, path(of: name), for: purpose, permissions: permissions)
    }

    /// Creates a file with an unpredictable name.
    ///
    /// - Parameter prefix: The beginning of the name.
    package func create(prefix: String) throws(FileError) -> (name: String, file: OpenFile) {
        let name = TemporaryName.random(prefix)
        return (name, try open(name, for: .scratch))
    }

    /// The status of the entry with a name, which may be a symbolic link; `nil` if there is none.
    package func status(_ name: String) throws(FileError) -> FileStatus? {
        var status = stat()
        do {
            _ = try FileSystem.calling("look at", path(of: name)) {
                fstatat(file.descriptor, name, &status, AT_SYMLINK_NOFOLLOW)
            }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        return FileStatus(status)
    }

    /// Renames a file, replacing any file with the new name.
    package func move(_ name: String, to folder: OpenFolder, as newName: String) throws(FileError) {
        _ = try FileSystem.calling("replace", folder.path(of: newName)) {
            renameat(file.descriptor, name, folder.file.descriptor, newName)
        }
    }

    /// Removes a file.
    ///
    /// - Returns: True if the file existed.
    @discardableResult
    package func remove(_ name: String) throws(FileError) -> Bool {
        do {
            _ = try FileSystem.calling("remove", path(of: name)) { unlinkat(file.descriptor, name, 0) }
            return true
        } catch {
            if error.isMissing { return false }
            throw error
        }
    }

    /// Writes a file atomically: readers see either the old content or the new.
    ///
    /// - Parameter prefix: The beginning of the temporary file's name.
    package func replace(_ name: String, with bytes: [UInt8], prefix: String) throws(FileError) {
        let (temporary, new) = try create(prefix: prefix)
        do throws(FileError) {
            try new.write(bytes, at: 0)
            try new.synchronizeContent()
            try move(temporary, to: self, as: name)
        } catch {
            _ = try? remove(temporary)
            throw error
        }
        try synchronize()
    }

    /// Flushes the folder's entries to the device, so that they survive a power failure.
    package func synchronize() throws(FileError) {
        _ = try FileSystem.calling("flush the folder", path) { fsync(file.descriptor) }
    }

    private func path(of name: String) -> String { "\(path)/\(name)" }
}
