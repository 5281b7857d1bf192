internal import Archive
internal import FileSystem

extension OpenFolder {
    /// Opens a folder below this one.
    ///
    /// - Throws: ``FileError`` with `ENOTDIR` at a symbolic link or anything but a folder.
    func open(_ path: TarPath) throws(FileError) -> OpenFolder { try open(below: path.bytes) }

    /// Opens a folder below this one, following symbolic links as if this folder were the root of the file system.
    ///
    /// - Throws: ``FileError``.
    func openThroughLinks(_ path: TarPath) throws(FileError) -> OpenFolder { try openThroughLinks(below: path.bytes) }
}
