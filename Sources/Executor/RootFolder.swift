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
    /// - Throws: ``FileError``, `ENOTDIR` when something on the way is no folder, `ELOOP`.
    func find(_ inside: String) throws(FileError) -> Place {
        var pending = Self.names(inside)[...]
        var names: [String] = []
        // The folders that lead to what exists of the names, the last one left out.
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
        return Place(names: names, existing: existing, kind: kind)
    }

    /// The folder that all of the names lead to, which joins the trail of those above it.
    private func above(_ names: [String], _ trail: inout [OpenFolder]) throws(FileError) -> OpenFolder {
        guard let name = names.last else { return root }
        if trail.count == names.count { return trail[trail.count - 1] }
        let folder = try (trail.last ?? root).open(below: name.utf8)
        trail.append(folder)
        return folder
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

    private static func names(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }
}

extension String {
    /// As ``OpenFolder`` wants it.
    package var asName: OpenFolder.Name { Array(utf8) + [0] }
}
