internal import Archive
internal import FileSystem
internal import OCI

/// A stack of layer folders, seen as the one tree that overlayfs would make of them, without mounting anything.
///
/// Nothing is remembered: every question looks at the disk. Links are followed within the tree, never out of it.
package struct StackView: Sendable {
    /// What errors call it, as in "the stage build".
    package let name: String
    /// The folders of the root, the topmost layer's first.
    let roots: [DiskPath]
    /// Which times of each of these layers are content.
    let times: [LayerTimes]
    /// Whether whiteouts and opaque folders mean something.
    let isOverlay: Bool

    /// - Parameters:
    ///   - layers: Folders in the form that overlayfs takes, the lowest first; none for an empty tree.
    ///   - times: Which times of each layer are content; all of them where nothing is said.
    ///   - name: What errors call it.
    package init(layers: [String], times: [LayerTimes] = [], name: String) {
        self.name = name
        self.times = times.reversed()
        roots = layers.reversed().map { DiskPath($0) }
        isOverlay = true
    }

    /// - Parameter folder: A plain folder, which is taken as it is.
    package init(folder: String, name: String) {
        self.name = name
        roots = [DiskPath(folder)]
        times = []
        isOverlay = false
    }

    /// What a name of the tree stands for.
    package struct Found: Sendable {
        let facts: FileFacts
        let path: DiskPath
        /// The folders that are joined here, the topmost first; none for what is no folder.
        var folders: [DiskPath]

        package var isFolder: Bool { facts.kind == .folder }
    }

    /// What lies at the root. Without layers it is a folder with nothing in it.
    func root() throws(FileError) -> Found? {
        guard let first = roots.first else {
            return Found(facts: .emptyRoot, path: DiskPath("/"), folders: [])
        }
        guard let facts = try FileFacts(of: first) else { return nil }
        return Found(facts: facts, path: first, folders: roots)
    }

    /// What a name stands for in folders that are joined.
    func find(_ name: [UInt8], in folders: [DiskPath]) throws(FileError) -> Found? {
        var found: Found?
        for folder in folders {
            let path = folder.appending(name)
            guard let facts = try FileFacts(of: path) else { continue }
            if merge(Found(facts: facts, path: path, folders: []), into: &found) == .complete { break }
        }
        return found
    }

    /// Everything in folders that are joined, sorted by the bytes of the names.
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

    /// Puts what a layer has under what the layers above it have.
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
