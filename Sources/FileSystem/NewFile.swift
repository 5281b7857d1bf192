/// A file that is being written under a temporary name, and removed unless it is committed.
package struct NewFile: ~Copyable {
    private let file: OpenFile
    private var position: Int64 = 0
    private var isTemporary = true

    /// Creates the file.
    ///
    /// - Parameters:
    ///   - folder: The folder of the final path, or another one on the same file system.
    ///   - permissions: The permissions of the file, before the umask.
    package init(in folder: String, permissions: UInt32 = 0o666) throws(FileError) {
        file = try OpenFile("\(folder)/\(TemporaryName.random())", for: .creating, permissions: permissions)
    }

    deinit {
        if isTemporary { _ = try? File.remove(file.path) }
    }

    /// Appends bytes.
    package mutating func write(_ bytes: [UInt8]) throws(FileError) {
        try file.write(bytes, at: position)
        position += Int64(bytes.count)
    }

    /// Gives the file the owner of another file, if that exists and this user is allowed to.
    package func takeOwner(of path: String) throws(FileError) {
        guard let owner = try FileStatus(of: path) else { return }
        try file.give(toOwnerOf: owner)
    }

    /// Flushes the content to the device and renames the file, replacing any file at the path.
    ///
    /// The name itself survives a power failure only after ``Folder/synchronize(_:)``.
    ///
    /// - Parameter isFlushed: False to skip the flush, for content that can be made again.
    package consuming func commit(as path: String, isFlushed: Bool = true) throws(FileError) {
        if isFlushed { try file.synchronizeContent() }
        try File.rename(file.path, to: path)
        isTemporary = false
    }
}
