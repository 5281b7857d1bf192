internal import Concurrency
internal import Executor
internal import FileSystem
internal import OCI
internal import Snapshots

/// A tree that a step may write to, and what becomes of what it writes.
struct WritableTree: Sendable {
    enum Changes: Sendable {
        /// The folder that overlayfs writes to.
        case upper(String)
        case copy(TreeCopy)
    }

    let tree: Mountable
    let changes: Changes
}

/// A layer that a step has made.
struct MadeLayer: Sendable {
    let id: Digest
    let times: LayerTimes

    /// - Parameters:
    ///   - instruction: What the step does, wherever it does it.
    ///   - runs: When the programs ran that have made what is in it.
    /// - Throws: ``ImageError``.
    init(
        of content: LayerContent, madeBy instruction: Digest, in runs: [RunPeriod], with digests: FileDigests
    ) throws(ImageError) {
        id = try content.digest(with: digests, madeBy: instruction)
        times = LayerTimes(of: content, madeIn: runs)
    }
}

/// The folders of layers, the lowest first, and which of their times are content.
struct LowerFolders: Sendable {
    let folders: [String]
    let times: [LayerTimes]
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
    func readableTree(of layers: [String], in folder: String) async throws -> Mountable {
        if layers.count == 1 { return .folder(layers[0]) }
        if try await tools.joinsLayers() { return .layers(layers) }
        return try await writableTree(of: layers, in: folder).tree
    }

    /// Makes what a program has written a layer, unless there is one of the same content.
    ///
    /// - Parameters:
    ///   - root: What it was written to.
    ///   - lower: The layers below.
    ///   - instruction: What the step does, wherever it does it.
    /// - Returns: `nil` when nothing has changed.
    func adopt(
        _ root: WritableTree, over lower: LowerFolders, madeBy instruction: Digest, in run: RunPeriod
    ) throws -> MadeLayer? {
        var content: LayerContent
        let folder: String
        switch root.changes {
        case .upper(let upper): (content, folder) = (try LayerContent(upper: upper), upper)
        case .copy(let copy): (content, folder) = (try copy.changes(), copy.folder)
        }
        guard !content.isEmpty else { return nil }
        try content.judgeTimes(in: folder, of: run, over: lower.folders, lower.times, with: contexts.digests)
        let layer = try MadeLayer(of: content, madeBy: instruction, in: [run], with: contexts.digests)
        switch root.changes {
        case .upper(let upper): _ = try workspace.layers.adopt(upper: upper, as: layer.id)
        case .copy: _ = try workspace.layers.add(content, as: layer.id)
        }
        return layer
    }

    /// The folders of a tree; an empty one when it has none, since an overlay needs one.
    func lowerFolders(of tree: Snapshot) async throws -> LowerFolders {
        if !tree.isEmpty {
            return LowerFolders(folders: try await layers.folders(of: tree), times: try layers.times(of: tree))
        }
        let empty = "\(workspace.folder)/empty"
        try makeFolder(at: empty)
        return LowerFolders(folders: [empty], times: [.allContent])
    }

    func makeFolder(at path: String) throws(ImageError) {
        do {
            try Folder.create(path, permissions: 0o755)
        } catch {
            throw ImageError(.failed, "cannot prepare a step", error.description)
        }
    }
}
