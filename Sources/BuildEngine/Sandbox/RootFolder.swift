internal import FileSystem
internal import Glibc

/// The root file system of a sandbox, seen from outside, where nobody changes it meanwhile.
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

    let path: String

    /// The path outside of the first names of a place.
    func outside(_ names: some Sequence<String>) -> String { names.reduce(path) { "\($0)/\($1)" } }

    /// Follows a path, and the symbolic links on it, without ever leaving the root.
    ///
    /// - Throws: ``FileError``, `ENOTDIR` when something on the way is no folder, `ELOOP`.
    func find(_ inside: String) throws(FileError) -> Place {
        var pending = Self.names(inside)[...]
        var names: [String] = []
        var existing = 0
        var kind: FileStatus.Kind? = .folder
        var links = 0
        while let name = pending.popFirst() {
            if name == ".." {
                _ = names.popLast()
                if existing >= names.count { (existing, kind) = (names.count, .folder) }
                continue
            }
            guard existing == names.count else {
                names.append(name)
                continue
            }
            guard kind == .folder else { throw FileError(ENOTDIR, "go to", inside) }
            names.append(name)
            let outside = outside(names)
            var status = stat()
            guard lstat(outside, &status) == 0 else {
                guard errno == ENOENT else { throw FileError(errno, "look at", outside) }
                kind = nil
                continue
            }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                existing = names.count
                kind =
                    status.st_mode & S_IFMT == S_IFDIR ? .folder : status.st_mode & S_IFMT == S_IFREG ? .file : .other
                continue
            }
            links += 1
            guard links <= Self.mostLinks else { throw FileError(ELOOP, "go to", inside) }
            names.removeLast()
            let target = try Self.linkTarget(outside)
            if target.hasPrefix("/") { (names, existing) = ([], 0) }
            pending = (Self.names(target) + pending)[...]
        }
        return Place(names: names, existing: existing, kind: kind)
    }

    /// The whole content of a small file.
    ///
    /// - Returns: `nil` when there is no such file.
    func read(_ inside: String) throws(FileError) -> [UInt8]? {
        let place = try find(inside)
        guard place.kind == .file else { return nil }
        return try File.read(outside(place.names), limit: 16 << 20)
    }

    /// Creates what is missing of a folder.
    func createFolder(_ place: Place, user: UInt32, group: UInt32) throws(FileError) {
        for count in place.existing..<place.names.count {
            let folder = outside(place.names.prefix(count + 1))
            guard mkdir(folder, 0o755) == 0, chown(folder, user, group) == 0 else {
                throw FileError(errno, "create the folder", folder)
            }
        }
    }

    private static func names(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }

    private static func linkTarget(_ path: String) throws(FileError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0 else { throw FileError(errno, "read the link", path) }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
