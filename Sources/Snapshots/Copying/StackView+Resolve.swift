internal import Archive
package import FileSystem
internal import Glibc
package import OCI

extension StackView {
    /// How many links one path may lead through.
    static let linkLimit = 255

    /// Where a path has led to.
    package struct Place: Sendable {
        /// The names on the way, links followed.
        var names: [[UInt8]]
        package let found: Found
    }

    /// Follows a path from the root. `..` and links stay inside the tree.
    ///
    /// - Parameters:
    ///   - path: With slashes.
    ///   - followsLast: Whether a link at the end is followed too.
    ///   - isVisible: Whether the tree is to have something, told by the names on the way to it.
    /// - Returns: `nil` when there is nothing, or the path leads through what is no folder.
    /// - Throws: ``FileError``, with `ELOOP` for too many links.
    func place(
        _ path: [UInt8], followsLast: Bool, isVisible: ([[UInt8]], Found) -> Bool = { _, _ in true }
    ) throws(FileError) -> Place? {
        guard let root = try root() else { return nil }
        // What the names found so far stand for, from the root on.
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
            return trail.last.map { Place(names: followed.names, found: $0) }
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
    /// Where a symbolic link leads to.
    package let linkTarget: [UInt8]?
    /// Where it is on this machine: in the topmost layer that has it. With "\u{FFFD}" for what is not UTF-8.
    package let diskPath: String
}

extension StackView {
    /// What a path stands for. A link at its end is not followed, others are.
    ///
    /// - Returns: `nil` when there is nothing.
    package func lookUp(_ path: String) throws(ImageError) -> FoundFile? {
        try reading(path) { () throws(FileError) in
            guard let found = try place(Array(path.utf8), followsLast: false)?.found else { return nil }
            let target = found.status.kind == .symbolicLink ? try found.path.linkTarget() : nil
            return FoundFile(status: found.status, linkTarget: target, diskPath: found.path.text)
        }
    }

    /// The absolute path, without links, of what a path leads to; `nil` when there is nothing.
    package func resolve(_ path: String) throws(ImageError) -> String? {
        try reading(path) { () throws(FileError) in
            try place(Array(path.utf8), followsLast: true).map { place in
                "/" + place.names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
            }
        }
    }

    /// The names in a folder, sorted by their bytes; `nil` when there is no such folder. Links are followed.
    package func list(_ path: String) throws(ImageError) -> [String]? {
        try reading(path) { () throws(FileError) in
            guard let found = try place(Array(path.utf8), followsLast: true)?.found, found.isFolder else { return nil }
            return try children(of: found.folders).map { String(decoding: $0.name, as: UTF8.self) }
        }
    }

    /// The content of a small file, as `/etc/passwd`; `nil` when there is no such file. Links are followed.
    ///
    /// - Parameter limit: The most that is accepted, in bytes.
    package func read(_ path: String, limit: Int = 1 << 20) throws(ImageError) -> [UInt8]? {
        try reading(path) { () throws(FileError) in
            guard let found = try place(Array(path.utf8), followsLast: true)?.found, found.status.kind == .file else {
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
