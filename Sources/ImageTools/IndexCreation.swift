package import OCI

/// Creates an index from sources and tags it: the command `create`.
package struct IndexCreation: Sendable {
    /// A source of entries.
    package enum Source: Sendable {
        case reference(Reference)
        /// A reference for each of several platforms, resolved by ``SourceWait``.
        case template(ReferenceTemplate)
        /// A manifest in the only repository that is named.
        case digest(Digest)
        /// A descriptor whose content is in the only repository that is named. Its fields take precedence over those of
        /// the content.
        case descriptor(Descriptor)
    }

    package var sources: [Source] = []
    package var tags: [Reference] = []
    /// True to start with the first tag's current content and replace entries for the same platform.
    package var appends = false
    /// True if that tag has to exist.
    package var mustExist = false
    /// The maximum time for an append among concurrent ones.
    package var timeout: Duration = .seconds(60)
    package var annotations: [AnnotationRule] = []
    /// The platforms to keep; empty for all.
    package var platforms: [Platform] = []
    /// The treatment of different images for one platform; see ``IndexAssembly``.
    package var onConflict: ConflictRule?
    package var order = EntryOrder.source
    /// The conversion to apply to the sources and to the tag's current content.
    package var conversion = ImageConversion()
    /// True to copy referrers of replaced content, changed to refer to the new content.
    package var copiesReferrers = false
    /// The referrers of images to copy from other repositories.
    package var referrers = ReferrerRule.attestations
    /// True to list the attestation that refers to a single image beside it, as `docker buildx imagetools create` does.
    var findsAttestations = true
    /// True to list an image once for each source that has it.
    var keepsDuplicates = false
    /// True to create an index even for a single manifest.
    package var prefersIndex = true

    package init() {}

    /// The content for the tags.
    package struct Plan: Sendable {
        package let content: ManifestContent
        /// The entries with the stores from which to read them.
        package let origins: [(entry: Descriptor, source: any ImageSource)]
        /// The previous content of the first tag, if it was read.
        package let base: ManifestContent?
        package internal(set) var warnings: [String]
        /// The content read for the plan.
        let cache: ImageCache
        var rewrites: [Rewrite] = []
        /// The name of the store from which the content is taken unchanged.
        var unchangedSource: String?

        /// The same plan for the content that the tag has now.
        func holding(_ content: ManifestContent) -> Plan {
            var plan = Plan(content: content, origins: origins, base: base, warnings: warnings, cache: cache)
            plan.rewrites = rewrites
            return plan
        }
    }

    /// The result.
    package struct Outcome: Sendable {
        package let content: ManifestContent
        /// The tags with their new digests.
        package let references: [Reference]
        package let warnings: [String]
    }

    /// Reads all sources and creates the index without writing anything.
    ///
    /// - Parameter cache: Content read in this run; more is added.
    /// - Throws: ``ImageError``.
    package func plan(in stores: any ImageStores, cache: ImageCache = ImageCache()) async throws -> Plan {
        var base: ManifestContent?
        if appends, let first = tags.first { base = try await update(of: first, in: stores).update.read() }
        return try await plan(readSources(from: stores, cache), over: base, in: stores, cache)
    }

    /// As ``plan(in:cache:)``, with warnings about referrers.
    package func dryRun(in stores: any ImageStores) async throws -> Plan {
        var plan = try await plan(in: stores)
        plan.warnings += try await orphans(of: plan, isDryRun: true)
        return plan
    }

    /// Creates the index, copies missing content to the stores of the tags, and writes the index there.
    ///
    /// When appending, the first tag is updated without losing concurrent changes.
    ///
    /// - Throws: ``ImageError``. Tags written before the error stay.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> Outcome {
        let cache = ImageCache()
        let sources = try await readSources(from: stores, cache)
        guard appends, let first = tags.first else {
            let plan = try await plan(sources, over: nil, in: stores, cache)
            try await write(plan, in: stores, to: tags, observer)
            return outcome(plan.content, plan.warnings + (try await orphans(of: plan)))
        }
        let (store, update) = try update(of: first, in: stores)
        var last: Plan?
        let content = try await update.run { base in
            let plan = try await plan(sources, over: base, in: stores, cache)
            if plan.content.bytes != base?.bytes {
                let copier = ImageCopier(to: store, observer: observer, cache: cache)
                try await copyContents(of: plan, through: copier, to: store, observer)
            }
            last = plan
            return plan.content
        }
        guard let last else { return outcome(content, []) }
        try await write(last.holding(content), in: stores, to: Array(tags.dropFirst()), observer)
        return outcome(content, last.warnings + (try await orphans(of: last)))
    }

    private func update(
        of tag: Reference, in stores: any ImageStores
    ) throws(ImageError) -> (store: any ImageStore, update: TagUpdate) {
        let store = try stores.store(at: tag.location)
        return (store, TagUpdate(of: tag.tag ?? Reference.defaultTag, in: store, timeout: timeout))
    }

    private func outcome(_ content: ManifestContent, _ warnings: [String]) -> Outcome {
        Outcome(content: content, references: tags.map { $0.pinned(to: content.digest) }, warnings: warnings)
    }

    private func plan(
        _ sources: [Part], over base: ManifestContent?, in stores: any ImageStores, _ cache: ImageCache
    ) async throws -> Plan {
        var parts = sources
        if let base, let tag = tags.first {
            cache.keep(base)
            let view = ImageView(
                reference: tag, source: try stores.source(at: tag.location), content: base, cache: cache)
            parts.insert(try await converted(Part(view: view, isBase: true)), at: 0)
        } else if appends, mustExist, let tag = tags.first {
            throw ImageError(.notFound, "cannot append to \(tag)", "it does not exist")
        }
        if let single = unchanged(parts) {
            let origins = try single.view.entries().map { ($0, single.view.source) }
            return Plan(
                content: single.view.content, origins: origins, base: base, warnings: single.draft?.warnings ?? [],
                cache: cache, rewrites: [single.rewrite].compactMap { $0 },
                unchangedSource: single.draft == nil ? single.view.source.name : nil)
        }
        return try await assemble(parts, base: base, cache)
    }

    // MARK: Writing

    /// Writes the index to all tags, and missing content to their stores.
    private func write(
        _ plan: Plan, in stores: any ImageStores, to tags: [Reference], _ observer: any TransferObserver
    ) async throws {
        for tag in tags { try check(plan.content, for: tag) }
        let targets = try Dictionary(grouping: tags, by: \.location).map { location, tags in
            (store: try stores.destination(at: location) as any ImageDestination, tags: tags)
        }
        let shared = targets.count > 1 ? SharedTransfers(to: targets.map(\.store)) : nil
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (store, tags) in targets {
                let copier = ImageCopier(to: store, observer: observer, cache: plan.cache, sharing: shared)
                group.addTask { try await write(plan, through: copier, to: store, as: tags, observer) }
            }
            try await group.waitForAll()
        }
    }

    /// Insists on the digest in the reference of a tag.
    func check(_ content: ManifestContent, for tag: Reference) throws(ImageError) {
        guard let expected = tag.digest, expected != content.digest else { return }
        throw ImageError(.verification, "cannot create \(tag)", "its digest is \(content.digest)")
    }

    private func write(
        _ plan: Plan, through copier: ImageCopier, to destination: any ImageDestination, as tags: [Reference],
        _ observer: any TransferObserver
    ) async throws {
        try destination.checkFit(of: plan.content)
        var pending: [ManifestNaming] = []
        for tag in tags {
            let naming =
                tag.tag.map { ManifestNaming.tag($0) } ?? (tag.digest == nil ? .tag(Reference.defaultTag) : .digest)
            if try await !copier.isHeld(plan.content, as: naming) { pending.append(naming) }
        }
        // An earlier run that set the tags has copied everything; only referrers may be new.
        if pending.isEmpty, plan.rewrites.isEmpty, referrers == .attestations { return }
        try await copyContents(of: plan, through: copier, to: destination, observer)
        for naming in pending { try await copier.put(plan.content, as: naming) }
    }
}
