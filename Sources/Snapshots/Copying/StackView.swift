internal import Archive
internal import FileSystem
internal import OCI

/// A stack of layer folders, viewed as the merged tree that overlayfs would show, without mounting anything.
///
/// Nothing is cached: every query reads the disk. Links are followed within the tree, never out of it.
package struct StackView: Sendable {
    /// The name for errors, such as "the stage build".
    package let name: String
    /// The root folders of the layers, the topmost first.
    let roots: [DiskPath]
    /// For each layer, the times that count as content.
    let times: [LayerTimes]
    /// True if whiteouts and opaque folders have their overlayfs meaning.
    let isOverlay: Bool

    /// - Parameters:
    ///   - layers: Folders in overlayfs's format, the lowest first; none for an empty tree.
    ///   - times: For each layer, the times that count as content; by default all.
    ///   - name: The name for errors.
    package init(layers: [String], times: [LayerTimes] = [], name: String) {
        self.name = name
        self.times = times.reversed()
        roots = layers.reversed().map { DiskPath($0) }
        isOverlay = true
    }

    /// - Parameter folder: A plain folder, without overlayfs's format.
    package init(folder: String, name: String) {
        self.name = name
        roots = [DiskPath(folder)]
        times = []
        isOverlay = false
    }

    /// The file or merged folder for a name.
    package struct Found: Sendable {
        let facts: FileFacts
        let path: DiskPath
        /// The merged folders, the topmost first; empty for anything but a folder.
        var folders: [DiskPath]

        package var isFolder: Bool { facts.kind == .folder }
    }

    /// The root. Without layers it is an empty folder.
    func root() throws(FileError) -> Found? {
        guard let first = roots.first else {
            return Found(facts: .emptyRoot, path: DiskPath("/"), folders: [])
        }
        guard let facts = try FileFacts(of: first) else { return nil }
        return Found(facts: facts, path: first, folders: roots)
    }

    /// Looks up a name in merged folders.
    func find(_ name: [UInt8], in folders: [DiskPath]) throws(FileError) -> Found? {
        var found: Found?
        for folder in folders {
            let path = folder.appending(name)
            guard let facts = try FileFacts(of: path) else { continue }
            if merge(Found(facts: facts, path: path, folders: []), into: &found) == .complete { break }
        }
        return found
    }

    /// The content of merged folders, sorted by the bytes of the names.
    func children(of folders: [DiskPath]) throws(FileError) -> [(name: [UInt8], found: Found)] {
        if folders.count == 1 { return try onlyChildren(of: folders[0]) }
        var children: [[UInt8]: (found: Found?, isComplete: Bool)] = [:]
        for folder in folders {
            for (name, facts) in try FolderListing(folder).names where children[name]?.isComplete != true {
                var found = children[name]?.found
                let state = merge(Found(facts: facts, path: folder.appending(name), folders: []), into: &found)
                children[name] = (found, state == .complete)
            }
        }
        return children.compactMap { child in child.value.found.map { (child.key, $0) } }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private func onlyChildren(of folder: DiskPath) throws(FileError) -> [(name: [UInt8], found: Found)] {
        var children: [(name: [UInt8], found: Found)] = []
        let names = try FolderListing(folder).names
        children.reserveCapacity(names.count)
        for (name, facts) in names where !(isOverlay && facts.isWhiteout) {
            let path = folder.appending(name)
            children.append((name, Found(facts: facts, path: path, folders: facts.kind == .folder ? [path] : [])))
        }
        return children
    }

    private enum Merging { case complete, open }

    /// Merges an entry of a layer under those of the layers above.
    private func merge(_ lower: Found, into found: inout Found?) -> Merging {
        if isOverlay, lower.facts.isWhiteout { return .complete }
        guard lower.isFolder else {
            if found == nil { found = lower }
            return .complete
        }
        var merged = found ?? lower
        merged.folders.append(lower.path)
        found = merged
        return isOverlay && lower.path.isOpaque ? .complete : .open
    }
}
