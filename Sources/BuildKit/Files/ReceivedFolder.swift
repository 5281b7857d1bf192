internal import FileSystem
internal import Glibc

/// A folder into which received entries are written. What is there stays, unless an entry has its name. No symbolic link
/// is followed, whoever has made it.
struct ReceivedFolder {
    private let root: OpenFolder
    private var folders: [(path: [UInt8], entry: FileEntry)] = []
    /// The path of the last folder, and itself.
    private var current: (path: [UInt8], folder: OpenFolder)
    /// The number of devices, FIFOs and the like, which are not made.
    private(set) var specialFiles = 0

    init(_ root: OpenFolder) {
        self.root = root
        current = ([], root)
    }

    mutating func addFolder(_ path: FilePath, _ entry: FileEntry) throws(FileError) {
        let parent = try folder(path.folder)
        let name = path.name
        if let status = try parent.status(name), status.st_mode & S_IFMT != S_IFDIR {
            try Self.remove(name, in: parent)
        }
        do throws(FileError) {
            try parent.createFolder(name, permissions: 0o700)
        } catch {
            guard error.code == EEXIST else { throw error }
        }
        folders.append((entry.path, entry))
    }

    mutating func addLink(_ path: FilePath, _ entry: FileEntry) throws(FileError) {
        let parent = try folder(path.folder)
        try Self.remove(path.name, in: parent)
        try parent.calling("create the link", path.name) { folder, name in
            OpenFolder.withName(entry.link + [0]) { symlinkat($0, folder, name) }
        }
        try Self.setTime(of: entry, path.name, in: parent)
    }

    mutating func addHardLink(_ path: FilePath, to target: FilePath) throws(FileError) {
        let source = try root.open(below: target.folder)
        let parent = try folder(path.folder)
        try Self.remove(path.name, in: parent)
        try parent.calling("create the link", path.name) { folder, name in
            OpenFolder.withName(target.name) { linkat(source.descriptor, $0, folder, name, 0) }
        }
    }

    mutating func skipSpecialFile() { specialFiles += 1 }

    /// Begins a file, which has a name of its own until it is complete.
    mutating func beginFile(_ path: FilePath, _ entry: FileEntry) throws(FileError) -> ReceivedFile {
        let parent = try folder(path.folder)
        let (temporary, file) = try parent.create(prefix: ".imgtool-")
        return ReceivedFile(folder: parent, temporary: temporary, file: file, path: path, entry: entry)
    }

    /// Gives the folders their modes and times, which changes in them would have affected.
    func finish() throws(FileError) {
        for (path, entry) in folders.reversed() {
            let folder = try root.open(below: path)
            try folder.calling("set the mode of", [0x2E, 0]) { descriptor, _ in
                fchmod(descriptor, entry.permissions & 0o1777)
            }
            try folder.calling("set the times of", [0x2E, 0]) { descriptor, _ in
                futimens(descriptor, [entry.time, entry.time])
            }
        }
    }

    private mutating func folder(_ path: [UInt8]) throws(FileError) -> OpenFolder {
        if path != current.path { current = (path, try root.open(below: path)) }
        return current.folder
    }

    /// Removes what is no folder.
    fileprivate static func remove(_ name: OpenFolder.Name, in folder: OpenFolder) throws(FileError) {
        do throws(FileError) {
            try folder.calling("replace", name) { unlinkat($0, $1, 0) }
        } catch {
            if !error.isMissing { throw error }
        }
    }

    fileprivate static func setTime(
        of entry: FileEntry, _ name: OpenFolder.Name, in folder: OpenFolder
    ) throws(FileError) {
        try folder.calling("set the times of", name) {
            utimensat($0, $1, [entry.time, entry.time], AT_SYMLINK_NOFOLLOW)
        }
    }
}

/// A file that is being received.
struct ReceivedFile {
    fileprivate let folder: OpenFolder
    fileprivate let temporary: String
    fileprivate let file: OpenFile
    fileprivate let path: FilePath
    fileprivate let entry: FileEntry
    private var position: Int64 = 0

    fileprivate init(folder: OpenFolder, temporary: String, file: OpenFile, path: FilePath, entry: FileEntry) {
        self.folder = folder
        self.temporary = temporary
        self.file = file
        self.path = path
        self.entry = entry
    }

    mutating func append(_ bytes: [UInt8]) throws(FileError) {
        try file.write(bytes, at: position)
        position += Int64(bytes.count)
    }

    /// Gives the file its mode, its time and its name. Set-user-id and set-group-id bits are left out: the file would
    /// give others the rights of this user.
    func commit() throws(FileError) {
        let name = temporary.asName
        try folder.calling("set the mode of", name) { fchmodat($0, $1, entry.permissions & 0o777, 0) }
        try ReceivedFolder.setTime(of: entry, name, in: folder)
        try folder.calling("replace", path.name) { descriptor, final in
            OpenFolder.withName(name) { renameat(descriptor, $0, descriptor, final) }
        }
    }

    func discard() { _ = try? folder.remove(temporary) }
}

extension FileEntry {
    fileprivate var time: timespec {
        var (seconds, nanoseconds) = modified.quotientAndRemainder(dividingBy: 1_000_000_000)
        if nanoseconds < 0 { (seconds, nanoseconds) = (seconds - 1, nanoseconds + 1_000_000_000) }
        return timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
    }
}
