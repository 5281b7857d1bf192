internal import Archive
internal import FileSystem

extension OpenFolder {
    /// A folder below this one.
    ///
    /// - Throws: ``FileError``, `ENOTDIR` where there is a symbolic link or no folder.
    func open(_ path: TarPath) throws(FileError) -> OpenFolder { try open(below: path.bytes) }

    /// A folder below this one, behind symbolic links that take this one for the root of all files.
    ///
    /// - Throws: ``FileError``.
    func openThroughLinks(_ path: TarPath) throws(FileError) -> OpenFolder { try openThroughLinks(below: path.bytes) }
}
