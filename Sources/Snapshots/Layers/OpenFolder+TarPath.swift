internal import Archive
internal import FileSystem
internal import Glibc

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

extension TarPath {
    /// The path of a name in this folder.
    ///
    /// - Throws: ``FileError`` for a path that is longer than a layer's may be, since whoever reads the layer would refuse
    ///   it. It also bounds how long a walk through folders in folders takes.
    func going(to name: OpenFolder.Name) throws(FileError) -> TarPath {
        let path = appending(name.dropLast())
        guard path.bytes.count <= TarLimits().pathLength else {
            throw FileError(ENAMETOOLONG, "take along", "a path of \(path.bytes.count) bytes")
        }
        return path
    }
}
