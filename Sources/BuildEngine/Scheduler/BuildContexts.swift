internal import BuildPlan
internal import Concurrency
internal import FileSystem
internal import OCI
internal import Snapshots

/// The local folders that a build takes files from, each read once.
final class BuildContexts: Sendable {
    private let inputs: [String: BuildInputs.Context]
    private let trees = Guarded<[String: ContextTree]>([:])
    private let mounts = SingleFlight<[String], MountedFiles>()
    /// The known hashes of files, and the file that they are saved in.
    let digests: FileDigests
    private let record: String
    private let observer: any BuildObserver

    init(_ inputs: [String: BuildInputs.Context], workspace: Workspace, observer: any BuildObserver) {
        self.inputs = inputs
        self.observer = observer
        let folders = inputs.values.map(\.folder).sorted().joined(separator: "\n")
        record = "\(workspace.folder)/digests/\(Digest(of: Array(folders.utf8)).hex)"
        digests = FileDigests(record: record)
    }

    /// - Throws: ``ImageError`` if there is no such folder.
    func tree(_ name: String) throws -> ContextTree {
        if let tree = trees.withLock({ $0[name] }) { return tree }
        guard let context = inputs[name] else {
            throw ImageError(
                .usage, "cannot take files from \(name.isEmpty ? "the build context" : "the context \(name)")",
                "there is none", advice: "give a folder as the command's argument")
        }
        let tree = ContextTree(
            folder: context.folder, ignoring: context.ignored, patternFile: context.ignoreFile,
            name: name.isEmpty ? "the build context" : "the context \(name)",
            warn: { [observer] in observer.note(.warned($0)) })
        return trees.withLock { trees in
            let first = trees[name] ?? tree
            trees[name] = first
            return first
        }
    }

    /// The files for a mount of a context: the folder itself if nothing in it is ignored, else a separate layer.
    func mounted(_ name: String, _ path: String, keepingIn layers: BuildLayers) async throws -> MountedFiles {
        try await mounts.value(for: [name, path]) {
            let tree = try self.tree(name)
            let (content, layer) = try await OwnThread.run {
                let content = try Selection(.context(tree), path: path).content()
                return (content, try content.digest(with: self.digests))
            }
            layers.keep(content, as: layer)
            return MountedFiles(identity: layer, origin: .content(layer), path: try tree.pathInSelection(of: path))
        }
    }

    /// Saves new hashes of files.
    func save() throws {
        try digests.save()
        try? CacheEntry.noteUse(ofFile: record)
    }
}

extension ContextTree {
    /// The path of the files in a ``Selection``: the root for a folder's content, the name for a file.
    fileprivate func pathInSelection(of path: String) throws -> String {
        guard let resolved = try view.resolve(path), let found = try view.lookUp(resolved),
            found.status.kind != .folder
        else { return "/" }
        return "/" + (resolved.split(separator: "/").last ?? "")
    }
}
