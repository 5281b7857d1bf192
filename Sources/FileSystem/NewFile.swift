/// A file that is being written under a temporary name, and removed again unless it is committed.
package struct NewFile: ~Copyable {
    private let file: OpenFile
    private var position: Int64 = 0
    private var isTemporary = true

    /// Creates the file.
    ///
    /// - Parameters:
    ///   - folder: Where it is to end up, or another folder of the same file system.
    ///   - permissions: Those of the file, before the umask.
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

    /// Makes the file belong to whom another file belongs, if that exists and this user may do so.
    package func takeOwner(of path: String) throws(FileError) {
        guard let owner = try FileStatus(of: path)?.owner else { return }
        try file.give(to: owner)
    }

    /// Flushes the content to the device and gives the file its name, in the place of the file that had it.
    ///
    /// The name itself survives a power failure after ``Folder/synchronize(_:)``.
    ///
    /// - Parameter isFlushed: Whether the content is flushed; what can be made again need not be.
    package consuming func commit(as path: String, isFlushed: Bool = true) throws(FileError) {
        if isFlushed { try file.synchronizeContent() }
        try File.rename(file.path, to: path)
        isTemporary = false
    }
}
