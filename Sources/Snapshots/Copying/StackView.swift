internal import Archive
package import FileSystem
internal import Glibc
internal import OCI

/// A stack of layer folders, viewed as the merged tree that overlayfs would show, without mounting anything.
///
/// Nothing is cached: every query reads the disk. Links are followed within the tree, never out of it.
package struct StackView: Sendable {
    /// The name for errors, such as "the stage build".
    package let name: String
    /// The root folders of the layers, the topmost first.
    let roots: [LayerPath]
    /// For each layer, the times that count as content, the lowest first.
    let times: [LayerTimes]
    /// True if whiteouts and opaque folders have their overlayfs meaning.
    let isOverlay: Bool

    /// - Parameters:
    ///   - layers: Folders in overlayfs's format, the lowest first; none for an empty tree.
    ///   - times: For each layer, the times that count as content; by default all.
    ///   - name: The name for errors.
    package init(layers: [String], times: [LayerTimes] = [], name: String) {
        self.name = name
        self.times = times
        roots = layers.enumerated().reversed().map { LayerPath(path: BytePath($1), layer: $0) }
        isOverlay = true
    }

    /// - Parameter folder: A plain folder, without overlayfs's format.
    package init(folder: String, name: String) {
        self.name = name
        roots = [LayerPath(path: BytePath(folder), layer: 0)]
        times = []
        isOverlay = false
    }

    /// A path in one of the layers.
    package struct LayerPath: Sendable {
        let path: BytePath
        /// The index of the layer; the lowest is 0.
        let layer: Int

        func appending(_ name: some Collection<UInt8>) -> LayerPath {
            LayerPath(path: path.appending(name), layer: layer)
        }
    }

    /// The file or merged folder for a name.
    package struct Found: Sendable {
        package let status: FileStatus
        /// The path in the topmost layer with the file.
        let top: LayerPath
        /// The merged folders, the topmost first; empty for anything but a folder.
        var folders: [LayerPath]

        var path: BytePath { top.path }
        package var isFolder: Bool { status.kind == .folder }
    }

    /// The root. Without layers it is an empty folder.
    func root() throws(FileError) -> Found? {
        guard let first = roots.first else {
            return Found(status: Self.emptyRoot, top: LayerPath(path: BytePath("/"), layer: 0), folders: [])
        }
        guard let status = try FileStatus(of: first.path) else { return nil }
        return Found(status: status, top: first, folders: roots)
    }

    /// The status of the root of an empty snapshot.
    private static let emptyRoot: FileStatus = {
        var status = stat()
        status.st_mode = S_IFDIR | 0o755
        return FileStatus(status)
    }()

    /// Looks up a name in merged folders.
    func find(_ name: some Collection<UInt8>, in folders: [LayerPath]) throws(FileError) -> Found? {
        var found: Found?
        for folder in folders {
            let path = folder.appending(name)
            guard let status = try FileStatus(of: path.path)?.resolved(at: path.path) else { continue }
            if try merge(Found(status: status, top: path, folders: []), into: &found) == .complete { break }
        }
        return found
    }

    /// The content of merged folders, sorted by the bytes of the names.
    func children(of folders: [LayerPath]) throws(FileError) -> [(name: [UInt8], found: Found)] {
        if folders.count == 1 { return try onlyChildren(of: folders[0]) }
        var children: [[UInt8]: (found: Found?, isComplete: Bool)] = [:]
        for folder in folders {
            for (name, status) in try OpenFolder(folder.path).entries() where children[name]?.isComplete != true {
                var found = children[name]?.found
                let path = folder.appending(name)
                let state = try merge(
                    Found(status: status.resolved(at: path.path), top: path, folders: []), into: &found)
                children[name] = (found, state == .complete)
            }
        }
        return children.compactMap { child in child.value.found.map { (child.key, $0) } }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private func onlyChildren(of folder: LayerPath) throws(FileError) -> [(name: [UInt8], found: Found)] {
        var children: [(name: [UInt8], found: Found)] = []
        let entries = try OpenFolder(folder.path).entries()
        children.reserveCapacity(entries.count)
        for (name, status) in entries where !(isOverlay && status.isWhiteout) {
            let path = folder.appending(name)
            let status = try status.resolved(at: path.path)
            children.append(
                (name, Found(status: status, top: path, folders: status.kind == .folder ? [path] : [])))
        }
        return children
    }

    private enum Merging { case complete, open }

    /// Merges an entry of a layer under those of the layers above (the kernel's overlayfs.rst): a whiteout, a file and
    /// an opaque folder hide everything below them.
    private func merge(_ lower: Found, into found: inout Found?) throws(FileError) -> Merging {
        if isOverlay, lower.status.isWhiteout { return .complete }
        guard lower.isFolder else {
            if found == nil { found = lower }
            return .complete
        }
        var merged = found ?? lower
        merged.folders.append(lower.top)
        found = merged
        guard isOverlay else { return .open }
        return try ExtendedAttributes.isOpaque(lower.path.name) ? .complete : .open
    }
}
