internal import Archive
package import FileSystem
internal import Glibc
package import OCI

extension StackView {
    /// The maximum number of links in a path.
    static let linkLimit = 255

    /// The location that a path leads to.
    package struct Location: Sendable {
        /// The resolved names of the path.
        var names: [[UInt8]]
        package let found: Found
    }

    /// Resolves a path from the root. `..` and links stay inside the tree.
    ///
    /// - Parameters:
    ///   - path: A path with slashes.
    ///   - followsLast: True to follow a link at the end as well.
    ///   - isVisible: Returns false to hide a file, given the names from the root.
    /// - Returns: `nil` if the path does not exist or leads through anything but a folder.
    /// - Throws: ``FileError``, with `ELOOP` for too many links.
    func locate(
        _ path: [UInt8], followsLast: Bool, isVisible: ([[UInt8]], Found) -> Bool = { _, _ in true }
    ) throws(FileError) -> Location? {
        guard let root = try root() else { return nil }
        // The files at the names found so far, from the root on.
        var trail = [root]
        do {
            let followed = try RootedPath(
                path, followsLast: followsLast, passesAbsent: false, mostLinks: Self.linkLimit
            ) { names in
                trail.removeLast(trail.count - names.count)
                guard let folder = trail.last, let name = names.last, let found = try find(name, in: folder.folders),
                    isVisible(names, found)
                else { return .absent }
                trail.append(found)
                switch found.status.kind {
                case .folder: return .folder
                case .symbolicLink: return .link(target: try found.path.linkTarget())
                default: return .other
                }
            }
            guard followed.exists else { return nil }
            trail.removeLast(trail.count - 1 - followed.names.count)
            return trail.last.map { Location(names: followed.names, found: $0) }
        } catch let error as FileError {
            throw error
        } catch RootedPath.Failure.tooManyLinks(let names) {
            throw FileError(ELOOP, "follow", "/\(SourceTree.text(names)) of \(name)")
        } catch {
            return nil
        }
    }
}

/// A file, folder, link or device of a ``StackView``.
package struct FoundFile: Sendable, Hashable {
    package let status: FileStatus
    /// The target of a symbolic link.
    package let linkTarget: [UInt8]?
    /// The path on this machine, in the topmost layer with the file, with "\u{FFFD}" for bytes that are not UTF-8.
    package let diskPath: String
}

extension StackView {
    /// The file at a path. Links are followed, except at the end.
    ///
    /// - Returns: `nil` if it does not exist.
    package func lookUp(_ path: String) throws(ImageError) -> FoundFile? {
        try reading(path) { () throws(FileError) in
            guard let found = try locate(Array(path.utf8), followsLast: false)?.found else { return nil }
            let target = found.status.kind == .symbolicLink ? try found.path.linkTarget() : nil
            return FoundFile(status: found.status, linkTarget: target, diskPath: found.path.text)
        }
    }

    /// The absolute path with all links resolved; `nil` if it does not exist.
    package func resolve(_ path: String) throws(ImageError) -> String? {
        try reading(path) { () throws(FileError) in
            try locate(Array(path.utf8), followsLast: true).map { location in
                "/" + location.names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
            }
        }
    }

    /// The names in a folder, sorted by their bytes; `nil` if it does not exist. Links are followed.
    package func list(_ path: String) throws(ImageError) -> [String]? {
        try reading(path) { () throws(FileError) in
            guard let found = try locate(Array(path.utf8), followsLast: true)?.found, found.isFolder else { return nil }
            return try children(of: found.folders).map { String(decoding: $0.name, as: UTF8.self) }
        }
    }

    /// The content of a small file, such as `/etc/passwd`; `nil` if it does not exist. Links are followed.
    ///
    /// - Parameter limit: The maximum size, in bytes.
    package func read(_ path: String, limit: Int = 1 << 20) throws(ImageError) -> [UInt8]? {
        try reading(path) { () throws(FileError) in
            guard let found = try locate(Array(path.utf8), followsLast: true)?.found, found.status.kind == .file else {
                return nil
            }
            return try found.path.content(limit: limit)
        }
    }

    private func reading<Result>(
        _ path: String, _ body: () throws(FileError) -> Result
    ) throws(ImageError) -> Result {
        do { return try body() } catch { throw ImageError(.failed, "cannot read \(path) of \(name)", "\(error)") }
    }
}
