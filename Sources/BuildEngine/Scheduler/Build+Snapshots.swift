internal import Concurrency
internal import FileSystem
internal import OCI

/// A tree that a step may write to, and what becomes of what it writes.
struct WritableTree: Sendable {
    enum Changes: Sendable {
        /// The folder that overlayfs writes to.
        case upper(String)
        case copy(TreeCopy)
    }

    let tree: FileTree
    let changes: Changes
}

extension Build {
    /// Joins layers so that a step may write to them: with overlayfs, or by copying them.
    ///
    /// - Parameters:
    ///   - layers: Their folders, the lowest first, at least one.
    ///   - folder: Where what is written goes; it does not exist.
    func writableTree(of layers: [String], in folder: String) async throws -> WritableTree {
        try makeFolder(at: folder)
        guard try await tools.joinsLayers() else {
            let copy = try await OwnThread.run { try TreeCopy(of: layers, in: folder) }
            return WritableTree(tree: .folder(folder), changes: .copy(copy))
        }
        let (upper, work) = ("\(folder)/upper", "\(folder)/work")
        for name in [upper, work] { try makeFolder(at: name) }
        return WritableTree(tree: .overlay(layers: layers, upper: upper, work: work), changes: .upper(upper))
    }

    /// Joins layers that are only looked at.
    ///
    /// - Parameter folder: Where they are copied to if they have to be; it does not exist.
    func readableTree(of layers: [String], in folder: String) async throws -> FileTree {
        if layers.count == 1 { return .folder(layers[0]) }
        if try await tools.joinsLayers() { return .layers(layers) }
        return try await writableTree(of: layers, in: folder).tree
    }

    /// Makes what a step has written a layer, unless there is one of the same content.
    ///
    /// - Returns: `nil` when it has changed nothing.
    func adopt(_ root: WritableTree) throws -> Digest? {
        let content: LayerContent
        switch root.changes {
        case .upper(let upper): content = try LayerContent(upper: upper)
        case .copy(let copy): content = try copy.changes()
        }
        guard !content.isEmpty else { return nil }
        let layer = try content.digest(with: contexts.digests)
        switch root.changes {
        case .upper(let upper): _ = try workspace.layers.adopt(upper: upper, as: layer)
        case .copy: _ = try workspace.layers.add(content, as: layer)
        }
        return layer
    }

    /// The folders of a tree; an empty one when it has none, since an overlay needs one.
    func lowerFolders(of tree: Tree) async throws -> [String] {
        let folders = try await forms.folders(of: tree)
        if !folders.isEmpty { return folders }
        let empty = "\(workspace.folder)/empty"
        try makeFolder(at: empty)
        return [empty]
    }

    func makeFolder(at path: String) throws(ImageError) {
        do {
            try Folder.create(path, permissions: 0o755)
        } catch {
            throw ImageError(.failed, "cannot prepare a step", error.description)
        }
    }
}
