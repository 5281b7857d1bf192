package import FileSystem
internal import Glibc

/// The root file system of a sandbox, seen from outside.
///
/// Whoever made it may have put any links in it, so it is only gone through by descriptors: a name at a time, from a folder
/// that is open to one that is in it, without the system following a link.
struct RootFolder {
    /// Where a path inside leads.
    struct Place: Hashable {
        /// The names on the way from the root, none of them a symbolic link.
        let names: [String]
        /// How many of the names exist.
        let existing: Int
        /// What is there.
        let kind: FileStatus.Kind?

        var exists: Bool { existing == names.count }
        var path: String { "/" + names.joined(separator: "/") }

        /// Whether it is the other place or below it.
        func isInside(_ other: Place) -> Bool { names.starts(with: other.names) }
    }

    private static let mostLinks = 40

    private let root: OpenFolder

    /// - Parameters:
    ///   - path: What is mounted there is what counts, also when something else is mounted later.
    ///   - followsLink: Whether the path itself may be a symbolic link.
    init(_ path: String, followsLink: Bool = false) throws(FileError) {
        root = try OpenFolder(path, followsLink: followsLink)
    }

    /// The folder that names lead to, none of which may be a symbolic link.
    func folder(_ names: some Sequence<String>) throws(FileError) -> OpenFolder {
        try root.open(below: names.joined(separator: "/").utf8)
    }

    /// Follows a path, and the symbolic links on it, without ever leaving the root.
    ///
    /// - Throws: ``FileError``, `ENOTDIR` when something on the way is not a folder, `ELOOP`.
    func find(_ inside: String) throws(FileError) -> Place {
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
            return Place(
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

    /// What is at a place, held.
    func hold(_ place: Place) throws(FileError) -> HeldFile {
        guard let name = place.names.last else { return try HeldFile(".".asName, in: root) }
        return try HeldFile(name.asName, in: folder(place.names.dropLast()))
    }

    /// The whole content of a small file.
    ///
    /// - Returns: `nil` when there is no such file.
    func read(_ inside: String) throws(FileError) -> [UInt8]? {
        let place = try find(inside)
        guard place.kind == .file, let name = place.names.last else { return nil }
        return try folder(place.names.dropLast()).read(name.asName, limit: 16 << 20)
    }

    /// Creates what is missing of a folder.
    func createFolder(_ place: Place, user: UInt32 = 0, group: UInt32 = 0) throws(FileError) {
        var folder = try self.folder(place.names.prefix(place.existing))
        for name in place.names.dropFirst(place.existing) {
            try folder.createFolder(name.asName)
            try folder.calling("give an owner to", name.asName) { fchownat($0, $1, user, group, AT_SYMLINK_NOFOLLOW) }
            folder = try folder.open(below: name.utf8)
        }
    }
}

extension String {
    /// As ``OpenFolder`` wants it.
    package var asName: OpenFolder.Name { Array(utf8) + [0] }
}
