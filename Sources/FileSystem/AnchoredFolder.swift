internal import CLinux
internal import Glibc

/// A folder that is open. What is done with names in it is done there, whatever somebody puts in the place of the path that
/// led to it, and at symbolic links it ends.
package struct AnchoredFolder: Sendable {
    /// The folder itself, to be locked.
    package let file: OpenFile

    /// Opens a folder by a path that is followed wherever it leads.
    package init(_ path: String) throws(FileError) {
        file = try OpenFile(path, for: .folder)
    }

    private init(_ file: OpenFile) {
        self.file = file
    }

    package var path: String { file.path }

    /// A folder in this one. A symbolic link counts if this user or root has made it.
    ///
    /// - Parameter isCreated: Whether it is made if it does not exist.
    package func folder(_ name: String, creating isCreated: Bool = false) throws(FileError) -> AnchoredFolder {
        let path = path(of: name)
        if isCreated, mkdirat(file.descriptor, name, 0o777) != 0, errno != EEXIST {
            throw FileError(errno, "create the folder", path)
        }
        let descriptor = try calling("open the folder", path) { clinux_open_own_folder(file.descriptor, name) }
        return AnchoredFolder(OpenFile(adopting: descriptor, path))
    }

    /// - Parameter permissions: Those of a file that is created, before the umask.
    package func open(
        _ name: String, for purpose: OpenFile.Purpose, permissions: UInt32 = 0o666
    ) throws(FileError) -> OpenFile {
        try OpenFile(name, in: file.descriptor, path(of: name), for: purpose, permissions: permissions)
    }

    /// Creates a file under a name that nobody can guess.
    ///
    /// - Parameter prefix: How the name begins.
    package func create(prefix: String) throws(FileError) -> (name: String, file: OpenFile) {
        let name = TemporaryName.random(prefix)
        return (name, try open(name, for: .scratch))
    }

    /// What has a name, or `nil`. It may be a symbolic link.
    package func status(_ name: String) throws(FileError) -> FileStatus? {
        var status = stat()
        do {
            _ = try calling("look at", path(of: name)) {
                fstatat(file.descriptor, name, &status, AT_SYMLINK_NOFOLLOW)
            }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        return FileStatus(status)
    }

    /// Gives a file another name, in the place of what had it.
    package func move(_ name: String, to folder: AnchoredFolder, as newName: String) throws(FileError) {
        _ = try calling("put a file in the place of", folder.path(of: newName)) {
            renameat(file.descriptor, name, folder.file.descriptor, newName)
        }
    }

    /// Removes a file.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    package func remove(_ name: String) throws(FileError) -> Bool {
        do {
            _ = try calling("remove", path(of: name)) { unlinkat(file.descriptor, name, 0) }
            return true
        } catch {
            if error.isMissing { return false }
            throw error
        }
    }

    /// Gives a file new content, or creates it. Whoever opens it finds the old content or the new one.
    ///
    /// - Parameter prefix: How the temporary name begins.
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

    /// Returns when the names in the folder will survive a power failure.
    package func synchronize() throws(FileError) {
        _ = try calling("flush the folder", path) { fsync(file.descriptor) }
    }

    private func path(of name: String) -> String { "\(path)/\(name)" }
}
