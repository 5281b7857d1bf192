internal import FileSystem
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
    /// - Throws: ``FileError``, `ENOTDIR` when something on the way is not a folder, `ELOOP`.
    func find(_ inside: String) throws(FileError) -> Location {
        // The folders that lead to the names found so far, and what the last one of these is.
        var trail = [root]
        var kind = FileStatus.Kind.folder
        do {
            let followed = try RootedPath(Array(inside.utf8), mostLinks: Self.mostLinks) { names in
                trail.removeLast(max(0, trail.count - names.count))
                while trail.count < names.count, let above = trail.last {
                    trail.append(try above.open(below: names[trail.count - 1]))
                }
                guard let folder = trail.last, let name = names.last, let status = try folder.status(name + [0]) else {
                    return .absent
                }
                kind = FileStatus(status).kind
                switch kind {
                case .folder: return .folder
                case .symbolicLink: return .link(target: try folder.linkTarget(name + [0]))
                default: return .other
                }
            }
            return Location(
                names: followed.names.map { String(decoding: $0, as: UTF8.self) }, existing: followed.existing,
                kind: followed.exists ? followed.status == .folder ? .folder : kind : nil)
        } catch let error as FileError {
            throw error
        } catch RootedPath.Failure.tooManyLinks {
            throw FileError(ELOOP, "go to", inside)
        } catch {
            throw FileError(ENOTDIR, "go to", inside)
        }
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
}
