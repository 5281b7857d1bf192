internal import Archive
internal import BuildPlan
internal import Concurrency
internal import DockerfileLanguage
internal import FileSystem
internal import OCI
internal import Snapshots

extension Build {
    /// The identity of the files at a path in a snapshot: their content, regardless of the rest of the snapshot.
    ///
    /// It is saved as a fact about the snapshot, so that the files are needed only once.
    ///
    /// - Throws: ``ImageError`` if the path does not exist.
    func identity(of path: String, in snapshot: Snapshot, name: String?) async throws -> Digest {
        if path == "/" { return snapshot.chainID }
        let fact = "selection \(path)"
        if let known = try workspace.index.facts(of: snapshot.chainID)[fact].flatMap({ try? Digest($0) }) {
            return known
        }
        let content = try await selection(of: path, in: .stack(try await view(of: snapshot, name: name)))
        let identity = try await digest(of: content)
        try workspace.index.record([fact: identity.description], of: snapshot.chainID)
        return identity
    }

    /// The initial content of a new cache; `nil` for none.
    func seed(from path: String, of source: FileSource) async throws -> CacheMounts.Seed? {
        let path = CleanPath.clean("/\(path)")
        let identity: Digest
        var content: LayerContent
        switch source {
        case .nothing: return nil
        case .step(let step):
            let (snapshot, name) = (try await snapshot(of: step), name(of: step))
            identity = try await self.identity(of: path, in: snapshot, name: name)
            content = try await selection(of: path, in: .stack(try await view(of: snapshot, name: name)))
        case .context(let name):
            content = try await selection(of: path, in: .context(try contexts.tree(name)))
            identity = try await digest(of: content)
        }
        // Only a folder of the source is mounted with its own attributes, not the whole source.
        if path == "/" { content.entries.removeAll { $0.path.isRoot } }
        return CacheMounts.Seed(identity: identity, content: content)
    }

    /// The stage of a step.
    func name(of step: Int) -> String? { plan.uses[step].first.map(\.stage) }

    private func digest(of content: LayerContent) async throws -> Digest {
        let digests = contexts.digests
        return try await OwnThread.run { try content.digest(with: digests) }
    }

    /// The content of a mount; a folder has an entry of its own.
    private func selection(of path: String, in tree: SourceTree) async throws -> LayerContent {
        try await OwnThread.run {
            guard let location = try tree.locate(Array(path.utf8)) else {
                throw ImageError(.notFound, "cannot mount \(path) of \(tree.name)", "it does not exist")
            }
            var content = try Selection(tree, path: path).content()
            if location.found.isFolder {
                content.entries.insert(try TreeWalk.item(location.found, .root, tree).entry, at: 0)
            }
            return content
        }
    }
}
