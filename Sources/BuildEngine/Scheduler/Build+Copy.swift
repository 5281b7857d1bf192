internal import BuildPlan
internal import Concurrency
internal import DockerfileLanguage
internal import OCI
internal import Snapshots

extension Build {
    /// COPY and ADD. Files of a context are only identified by their content; if all sources are other steps, their
    /// identities form a key for finding the layer of an earlier build.
    func copy(_ work: CopyWork, _ step: Int, on base: Snapshot) async throws -> CacheIndex.StepRecord {
        if let key = try await key(of: work, on: base) {
            return try await once(key, step) {
                try await self.limiter.run {
                    try await self.timed(step) { try await self.layer(of: work, on: base) }
                }
            }
        }
        return try await limiter.run {
            try await self.looking(step) { try await self.layer(of: work, on: base) }
        }
    }

    /// WORKDIR.
    func makeFolder(_ work: FolderWork, _ step: Int, on base: Snapshot) async throws -> CacheIndex.StepRecord {
        try await looking(step) {
            try await layer(on: base, madeBy: KeyWriter("folder").digest, of: []) { facts in
                try FolderOperation(path: work.path, owner: facts.owner(ofFoldersFor: work.owner)).content(onto: facts)
            }
        }
    }

    /// Makes a layer that has no key, records it, and reports whether it is new, which only the result can tell.
    private func looking(
        _ step: Int, _ operation: () async throws -> MadeLayer?
    ) async throws -> CacheIndex.StepRecord {
        observer.note(.began(step, isEmulated: false))
        let start = ContinuousClock.now
        let layer = try await operation()
        let isKnown = try layer.map { layer throws(ImageError) in try workspace.index.layer(layer.id) != nil } ?? true
        let record = try recordLayer(layer)
        let duration = start.duration(to: .now)
        observer.note(.ended(step, isKnown && mayUseCache(for: step) ? .cached : .done(duration)))
        return record
    }

    private func timed(_ step: Int, _ operation: () async throws -> MadeLayer?) async throws -> MadeLayer? {
        observer.note(.began(step, isEmulated: false))
        let start = ContinuousClock.now
        let layer = try await operation()
        observer.note(.ended(step, .done(start.duration(to: .now))))
        return layer
    }

    /// - Returns: `nil` if the sources include files of a context.
    private func key(of work: CopyWork, on base: Snapshot) async throws -> Digest? {
        var key = KeyWriter("copy 2")
        key.add(work.isLinked ? Snapshot.empty.chainID : base.chainID)
        key.add([work.destination, "\(work.isLinked)", "\(work.keepsParents)"])
        key.add(work.extracts.map { "\($0)" })
        key.add(work.owner)
        key.add(work.mode)
        key.add(work.excludes)
        for source in work.sources {
            switch source {
            case .path(.context, _), .url: return nil
            case .path(.nothing, let path): key.add(["path", Snapshot.empty.chainID.description, path])
            case .path(.step(let step), let path):
                key.add(["path", try await result(of: step).snapshot.chainID.description, path])
            case .inline(let name, let content): key.add(["inline", name, content])
            }
        }
        return key.digest
    }

    private func layer(of work: CopyWork, on base: Snapshot) async throws -> MadeLayer? {
        let scratch = try workspace.layers.newFolder()
        var sources: [CopyOperation.Source] = []
        for source in work.sources { sources.append(try await self.source(source, work, scratch)) }
        let prepared = CopyOperation(
            sources: sources, destination: work.destination,
            mode: try work.mode.map { text throws(ImageError) in try ModeChange(parsing: text) },
            isLinked: work.isLinked, extractsArchives: work.extracts, excludes: work.excludes,
            keepsParents: work.keepsParents)
        var runs: [RunPeriod] = []
        for case .path(.step(let step), _) in work.sources {
            runs += try layers.times(of: try await result(of: step).snapshot).flatMap(\.runs)
        }
        return try await layer(on: base, madeBy: work.instruction, of: runs) { facts in
            var operation = prepared
            operation.owner = try work.owner.map { try facts.owner($0) }
            return try operation.content(onto: facts, scratch: scratch)
        }
    }

    private func source(
        _ source: CopyWork.Source, _ work: CopyWork, _ scratch: String
    ) async throws -> CopyOperation.Source {
        switch source {
        case .path(.context(let name), let path): return .tree(.context(try contexts.tree(name)), path: path)
        case .path(.nothing, let path): return .tree(.stack(StackView(layers: [], name: "scratch")), path: path)
        case .path(.step(let step), let path):
            let snapshot = try await result(of: step).snapshot
            return .tree(.stack(try await view(of: snapshot, name: plan.uses[step].first?.stage)), path: path)
        case .inline(let name, let content): return .file(name: name, bytes: Array(content.utf8), mode: 0o644)
        case .url(let url):
            let download = try await inputs.download(url, scratch)
            if let checksum = work.checksum {
                try await OwnThread.run { try download.verify(checksum, "cannot add \(url.maskingUserInfo)") }
            }
            return .download(path: download.path, name: download.name, modified: download.modified ?? 0)
        }
    }

    func view(of snapshot: Snapshot, name: String? = nil) async throws -> StackView {
        StackView(
            layers: try await layers.folders(of: snapshot), times: try layers.times(of: snapshot),
            name: name.map { "the stage \($0)" } ?? "the image")
    }

    // MARK: Facts

    /// Makes a layer on a snapshot. Facts about the snapshot come from the cache and from layers that were just made;
    /// files of other layers are fetched only if these do not suffice.
    private func layer(
        on base: Snapshot, madeBy instruction: Digest, of runs: [RunPeriod],
        _ make: @escaping @Sendable (CachedBase) throws -> LayerContent
    ) async throws -> MadeLayer? {
        let (contents, below) = layers.contents(on: base)
        var facts = CachedBase(
            known: try workspace.index.facts(of: base.chainID), contents: contents,
            knownBelow: below == base ? [:] : try workspace.index.facts(of: below.chainID))
        if try layers.existingFolders(of: below) != nil { facts.view = try await view(of: below) }
        let content = try await content(of: make, knowing: &facts, of: base, below)
        try record(facts.learned, of: base)
        try record(facts.learnedBelow, of: below)
        guard !content.isEmpty else { return nil }
        let digests = contexts.digests
        let layer = try await OwnThread.run { try MadeLayer(of: content, madeBy: instruction, in: runs, with: digests) }
        layers.keep(content, as: layer.id)
        return layer
    }

    /// Makes a layer with as few files as possible: those that exist, or else those below the layers just made, or
    /// else, if a link leads through them, all files.
    private func content(
        of make: @escaping @Sendable (CachedBase) throws -> LayerContent, knowing facts: inout CachedBase,
        of base: Snapshot,
        _ below: Snapshot
    ) async throws -> LayerContent {
        do { return try await OwnThread.run { [facts] in try make(facts) } } catch is CachedBase.Unknown {}
        facts.view = try await view(of: below)
        do { return try await OwnThread.run { [facts] in try make(facts) } } catch is CachedBase.Unknown {}
        facts = CachedBase(known: [:], contents: [], knownBelow: [:], view: try await view(of: base))
        return try await OwnThread.run { [facts] in try make(facts) }
    }

    private func record(_ facts: [String: String], of snapshot: Snapshot) throws {
        if !facts.isEmpty, !snapshot.isEmpty { try workspace.index.record(facts, of: snapshot.chainID) }
    }
}

extension CopyWork {
    /// The digest of the instruction, independent of the files that it finds.
    fileprivate var instruction: Digest {
        var key = KeyWriter("copy")
        key.add(destination)
        for source in sources {
            switch source {
            case .path(.context(let name), let path): key.add(["context", name, path])
            case .path(.nothing, let path), .path(.step, let path): key.add(["stage", path])
            case .url(let url): key.add(["url", url])
            case .inline(let name, _): key.add(["inline", name])
            }
        }
        return key.digest
    }
}
