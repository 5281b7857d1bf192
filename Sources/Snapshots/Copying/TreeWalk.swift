package import Archive
internal import DockerfileLanguage
package import FileSystem
internal import OCI

/// A walk through a folder of a tree.
package struct TreeWalk {
    private let tree: SourceTree
    private let patterns: PathPatterns?
    /// The start of the walk.
    private let start: [[UInt8]]
    private(set) var items: [WalkedTree.Item] = []
    /// Ignored folders that are kept only for what they may contain.
    private var empty: Set<Int> = []

    /// The maximum size of a file to read into memory if its name cannot be passed on, in bytes.
    private static let memoryLimit = 64 << 20

    private struct Folder {
        let name: [UInt8]
        let path: TarPath
        let folders: [StackView.LayerPath]
        /// Its path from the root of the tree, where patterns need it, and what they say of it.
        let fullPath: String
        let verdict: PathPatterns.Verdict?
        /// The index among the items; `nil` for the starting folder.
        let index: Int?
    }

    /// - Throws: ``OCI/ImageError``.
    static func walk(_ tree: SourceTree, from location: StackView.Location) throws(ImageError) -> WalkedTree {
        var walk = TreeWalk(tree: tree, start: location.names)
        let start = Folder(
            name: [], path: .root, folders: location.found.folders, fullPath: SourceTree.text(location.names),
            verdict: tree.verdict(on: location.names), index: nil)
        do {
            try walk.enter(start)
        } catch let error as FileError {
            throw ImageError(.failed, "cannot read \(tree.name)", "\(error)")
        } catch let error as ImageError {
            throw error
        } catch {
            throw ImageError(.failed, "cannot read \(tree.name)", "\(error)")
        }
        if walk.empty.isEmpty { return WalkedTree(items: walk.items) }
        return WalkedTree(
            items: walk.items.indices.filter { !walk.empty.contains($0) }.map { walk.items[$0] })
    }

    private init(tree: SourceTree, start: [[UInt8]]) {
        self.tree = tree
        self.start = start
        patterns = tree.patterns
    }

    /// The content of a folder follows siblings whose names extend the folder's name by characters that sort before a
    /// slash: `a`, `a-b`, `a/c`.
    private mutating func enter(_ folder: Folder) throws {
        var waiting: [Folder] = []
        for (name, found) in try tree.view.children(of: folder.folders) {
            while let last = waiting.last, !Self.precedes(name, contentOf: last.name) {
                try enter(waiting.removeLast())
            }
            if let next = try add(name, found, in: folder) { waiting.append(next) }
        }
        while let last = waiting.popLast() { try enter(last) }
        if let index = folder.index, folder.verdict?.isExcluded == true, !hasContent(folder.path) {
            empty.insert(index)
        }
    }

    private func hasContent(_ path: TarPath) -> Bool {
        guard let last = items.indices.last(where: { !empty.contains($0) }) else { return false }
        let bytes = items[last].entry.path.bytes
        return bytes.count > path.bytes.count && bytes.starts(with: path.bytes)
            && bytes[path.bytes.count] == UInt8(ascii: "/")
    }

    private static func precedes(_ name: [UInt8], contentOf folder: [UInt8]) -> Bool {
        name.count > folder.count && name[folder.count] < UInt8(ascii: "/") && name.starts(with: folder)
    }

    /// - Returns: The folder to enter next, if the item is one.
    private mutating func add(
        _ name: [UInt8], _ found: StackView.Found, in folder: Folder
    ) throws -> Folder? {
        var fullPath = ""
        var verdict: PathPatterns.Verdict?
        if let patterns, let above = folder.verdict {
            let text = String(decoding: name, as: UTF8.self)
            fullPath = folder.fullPath.isEmpty ? text : folder.fullPath + "/" + text
            if found.isFolder {
                let own = patterns.verdict(on: fullPath, below: above)
                if patterns.excludesEverything(below: fullPath, own) { return nil }
                verdict = own
            } else if patterns.excludes(fullPath, below: above) {
                return nil
            }
        }
        let path = folder.path.appending(name)
        tree.noteSocket(found, start + [path.bytes])
        items.append(try Self.item(found, path, tree))
        guard found.isFolder else { return nil }
        return Folder(
            name: name, path: path, folders: found.folders, fullPath: fullPath, verdict: verdict,
            index: items.count - 1)
    }

    /// The item for a file, folder, link or device. A socket becomes an empty file, since an image cannot contain it.
    ///
    /// - Throws: ``FileSystem/FileError``.
    package static func item(
        _ found: StackView.Found, _ path: TarPath, _ tree: SourceTree
    ) throws(FileError) -> WalkedTree.Item {
        let status = found.status
        let kind: LayerContent.Entry.Kind =
            switch status.kind {
            case .file: .file(try data(of: found))
            case .folder: .folder(isOpaque: false)
            case .symbolicLink: .symbolicLink(try found.path.linkTarget())
            case .characterDevice(let major, let minor): .characterDevice(major: major, minor: minor)
            case .blockDevice(let major, let minor): .blockDevice(major: major, minor: minor)
            case .fifo: .fifo
            case .socket: .file(.bytes([]))
            }
        let hasAttributes = status.kind == .file || status.kind == .folder
        let entry = LayerContent.Entry(
            path, kind, mode: status.mode, uid: tree.isContext ? 0 : status.uid, gid: tree.isContext ? 0 : status.gid,
            modified: status.modified.seconds, nanoseconds: status.modified.nanoseconds,
            isTimeContent: tree.isTimeContent(of: found),
            attributes: hasAttributes ? try ExtendedAttributes.counting(found.path.name) : [])
        return WalkedTree.Item(entry: entry, link: status.kind == .file && status.linkCount > 1 ? status.identity : nil)
    }

    private static func data(of found: StackView.Found) throws(FileError) -> LayerContent.FileData {
        if let path = found.path.string { return .file(path, size: found.status.size, stamp: FileStamp(found.status)) }
        return .bytes(try found.path.content(limit: memoryLimit))
    }
}
