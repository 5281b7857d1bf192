package import FileSystem
internal import Glibc

/// The root file system of a sandbox, accessed from outside.
///
/// It may contain any symbolic links, so it is walked only by descriptors: one name at a time, from an open folder to
/// an entry in it, without following links.
struct RootFolder {
    /// The location that a path in the root file system leads to.
    struct Location: Hashable {
        /// The names from the root, none of which is a symbolic link.
        let names: [String]
        /// The number of names that exist.
        let existing: Int
        /// The kind of the existing file; `nil` if there is none.
        let kind: FileStatus.Kind?

        var exists: Bool { existing == names.count }
        var path: String { "/" + names.joined(separator: "/") }

        /// Returns true if this is the same location as another one, or below it.
        func isInside(_ other: Location) -> Bool { names.starts(with: other.names) }
    }

    private static let mostLinks = 40

    private let root: OpenFolder

    /// - Parameters:
    ///   - path: The root folder. The current mount counts, even if something else is mounted there later.
    ///   - followsLink: True to accept a symbolic link at the path itself.
    init(_ path: String, followsLink: Bool = false) throws(FileError) {
        root = try OpenFolder(path, followsLink: followsLink)
    }

    /// Opens the folder at a path of names, none of which may be a symbolic link.
    func folder(_ names: some Sequence<String>) throws(FileError) -> OpenFolder {
        try root.open(below: names.joined(separator: "/").utf8)
    }

    /// Resolves a path and its symbolic links, without leaving the root.
    ///
    /// - Throws: ``FileError``: `ENOTDIR` if a component is not a folder, `ELOOP` for too many links.
    func find(_ inside: String) throws(FileError) -> Location {
        var pending = Self.names(inside)[...]
        var names: [String] = []
        // The open folders of the existing names, except the last.
        var trail: [OpenFolder] = []
        var existing = 0
        var kind: FileStatus.Kind? = .folder
        var links = 0
        while let name = pending.popFirst() {
            if name == ".." {
                _ = names.popLast()
                if existing >= names.count { (existing, kind) = (names.count, .folder) }
                trail.removeLast(max(0, trail.count - names.count))
                continue
            }
            guard existing == names.count else {
                names.append(name)
                continue
            }
            guard kind == .folder else { throw FileError(ENOTDIR, "go to", inside) }
            let folder = try above(names, &trail)
            guard let status = try folder.status(name.asName) else {
                names.append(name)
                kind = nil
                continue
            }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                names.append(name)
                existing = names.count
                kind =
                    status.st_mode & S_IFMT == S_IFDIR ? .folder : status.st_mode & S_IFMT == S_IFREG ? .file : .other
                continue
            }
            links += 1
            guard links <= Self.mostLinks else { throw FileError(ELOOP, "go to", inside) }
            let target = String(decoding: try folder.linkTarget(name.asName), as: UTF8.self)
            if target.hasPrefix("/") { (names, trail, existing) = ([], [], 0) }
            pending = (Self.names(target) + pending)[...]
        }
        return Location(names: names, existing: existing, kind: kind)
    }

    /// Opens the folder at a path of names and adds it to the trail.
    private func above(_ names: [String], _ trail: inout [OpenFolder]) throws(FileError) -> OpenFolder {
        guard let name = names.last else { return root }
        if trail.count == names.count { return trail[trail.count - 1] }
        let folder = try (trail.last ?? root).open(below: name.utf8)
        trail.append(folder)
        return folder
    }

    /// Opens a handle on the file at a location.
    func hold(_ location: Location) throws(FileError) -> HeldFile {
        guard let name = location.names.last else { return try HeldFile(".".asName, in: root) }
        return try HeldFile(name.asName, in: folder(location.names.dropLast()))
    }

    /// Reads a small file.
    ///
    /// - Returns: `nil` if it does not exist.
    func read(_ inside: String) throws(FileError) -> [UInt8]? {
        let location = try find(inside)
        guard location.kind == .file, let name = location.names.last else { return nil }
        return try folder(location.names.dropLast()).read(name.asName, limit: 16 << 20)
    }

    /// Creates the missing parts of a folder's path.
    func createFolder(_ location: Location, user: UInt32 = 0, group: UInt32 = 0) throws(FileError) {
        var folder = try self.folder(location.names.prefix(location.existing))
        for name in location.names.dropFirst(location.existing) {
            try folder.createFolder(name.asName)
            try folder.calling("give an owner to", name.asName) { fchownat($0, $1, user, group, AT_SYMLINK_NOFOLLOW) }
            folder = try folder.open(below: name.utf8)
        }
    }

    private static func names(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }
}

extension String {
    /// In the form for ``OpenFolder``.
    package var asName: OpenFolder.Name { Array(utf8) + [0] }
}
