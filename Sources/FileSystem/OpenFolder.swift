internal import CLinux
package import Glibc

/// An open folder, closed after the value's last use. No operation in it follows symbolic links.
///
/// A name is an array of bytes with a zero at the end, as system calls expect it.
package final class OpenFolder: Sendable {
    package typealias Name = [UInt8]

    /// The folder itself, to be locked.
    package let file: OpenFile

    /// - Parameter followsLink: True to accept a symbolic link at the path itself, for paths that no other user
    ///   controls.
    /// - Throws: ``FileError``.
    package init(_ path: String, followsLink: Bool = false) throws(FileError) {
        file = try followsLink ? OpenFile(path, for: .folder) : OpenFile(BytePath(path), for: .folder)
    }

    /// Opens a folder that is not a symbolic link.
    package init(_ path: BytePath) throws(FileError) {
        file = try OpenFile(path, for: .folder)
    }

    init(_ file: OpenFile) {
        self.file = file
    }

    package var descriptor: Int32 { file.descriptor }
    /// The path to show in error messages.
    package var path: String { file.path }

    /// Opens a folder below this one.
    ///
    /// - Parameter path: The relative path, without a zero at the end; empty for this folder itself.
    /// - Throws: ``FileError`` with `ENOTDIR` at a symbolic link or anything but a folder.
    package func open(below path: some Collection<UInt8>) throws(FileError) -> OpenFolder {
        try opened(path) { clinux_open_folder(descriptor, $0) }
    }

    /// Opens a folder below this one, following symbolic links as if this folder were the root of the file system.
    ///
    /// - Throws: ``FileError``.
    package func openThroughLinks(below path: some Collection<UInt8>) throws(FileError) -> OpenFolder {
        try opened(path) { clinux_open_folder_in_root(descriptor, $0) }
    }

    private func opened(
        _ below: some Collection<UInt8>, _ open: (UnsafePointer<CChar>) -> Int32
    ) throws(FileError) -> OpenFolder {
        let opened = Self.withName(below + [0], open)
        let openedPath = below.isEmpty ? path : "\(path)/\(String(decoding: below, as: UTF8.self))"
        guard opened >= 0 else { throw FileError(errno, "open the folder", openedPath) }
        return OpenFolder(OpenFile(adopting: opened, openedPath))
    }

    /// The names in the folder, in no order, without `.` and `..`. Reading them does not change the folder's access
    /// time.
    package func names() throws(FileError) -> [Name] {
        let copy = clinux_reopen_folder(descriptor)
        guard copy >= 0, let listing = fdopendir(copy) else { throw FileError(errno, "list the folder", path) }
        defer { closedir(listing) }
        var names: [Name] = []
        while true {
            errno = 0
            guard let entry = readdir(listing) else { break }
            let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
            let name = UnsafeRawBufferPointer(
                start: start, count: strlen(start.assumingMemoryBound(to: CChar.self)) + 1)
            if !name.elementsEqual([0x2E, 0]), !name.elementsEqual([0x2E, 0x2E, 0]) { names.append(Name(name)) }
        }
        if errno != 0 { throw FileError(errno, "list the folder", path) }
        return names
    }

    /// The names in the folder with their status, sorted by the bytes of the names. Files that disappear meanwhile are
    /// omitted.
    package func entries() throws(FileError) -> [(name: [UInt8], status: FileStatus)] {
        var entries: [(name: [UInt8], status: FileStatus)] = []
        for name in try names() {
            if let status = try status(name) { entries.append((Array(name.dropLast()), FileStatus(status))) }
        }
        return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// The status of the entry with a name.
    ///
    /// - Returns: `nil` if there is no such entry.
    package func status(_ name: Name) throws(FileError) -> stat? {
        var status = stat()
        if Self.withName(name, { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 { return status }
        if errno == ENOENT { return nil }
        throw failure("look at", name)
    }

    /// Makes a system call with a name in this folder.
    ///
    /// - Throws: ``FileError`` if the result is negative.
    @discardableResult
    package func calling(
        _ operation: String, _ name: Name, _ call: (Int32, UnsafePointer<CChar>) -> Int32
    ) throws(FileError) -> Int32 {
        let result = Self.withName(name) { call(descriptor, $0) }
        if result >= 0 { return result }
        throw failure(operation, name)
    }

    /// The target of a symbolic link.
    package func linkTarget(_ name: Name) throws(FileError) -> [UInt8] {
        try Self.linkTarget(name, in: descriptor, "\(path)/\(String(decoding: name.dropLast(), as: UTF8.self))")
    }

    static func linkTarget(_ name: Name, in folder: Int32, _ path: @autoclosure () -> String) throws(FileError)
        -> [UInt8]
    {
        var count = 0
        let target = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, initialized in
            count = buffer.withMemoryRebound(to: CChar.self) { room in
                withName(name) { readlinkat(folder, $0, room.baseAddress ?? .init(mutating: $0), room.count) }
            }
            initialized = max(0, count)
        }
        guard count >= 0 else { throw FileError(errno, "read the link", path()) }
        return target
    }

    /// A path to an entry in this folder that stays valid when the folders above are renamed, for system calls without
    /// an `*at` variant.
    package func procPath(_ name: Name) -> Name { Array("/proc/self/fd/\(descriptor)/".utf8) + name }

    private func failure(_ operation: String, _ name: Name) -> FileError {
        let code = errno
        return FileError(code, operation, "\(path)/\(String(decoding: name.dropLast(), as: UTF8.self))")
    }

    package static func withName<Result, Failure: Error>(
        _ name: Name, _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try name.withUnsafeBufferPointer { bytes throws(Failure) in
            // Never empty: a name ends with a zero.
            guard let start = bytes.baseAddress else { fatalError("a name is empty") }
            return try body(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self))
        }
    }
}
