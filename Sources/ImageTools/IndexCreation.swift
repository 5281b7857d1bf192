package import OCI

/// Makes an index of sources and puts it under tags: what `create` does.
package struct IndexCreation: Sendable {
    /// Where an entry comes from.
    package enum Source: Sendable {
        case reference(Reference)
        /// A reference for each of several platforms, which ``SourceWait`` finds.
        case template(ReferenceTemplate)
        /// A manifest of the one repository that everything else is in.
        case digest(Digest)
        /// A descriptor, whose content is in the one repository that everything else is in. What it says replaces what
        /// the content says.
        case descriptor(Descriptor)
    }

    package var sources: [Source] = []
    package var tags: [Reference] = []
    /// Whether the first tag's own content comes before the sources, and is replaced by them where they are for the
    /// same platform.
    package var appends = false
    /// Whether that tag has to exist.
    package var mustExist = false
    /// How long it is tried to get an append in among those of others.
    package var timeout: Duration = .seconds(60)
    package var annotations: [AnnotationRule] = []
    /// The platforms to keep; all when empty.
    package var platforms: [Platform] = []
    /// What becomes of different images for one platform; see ``IndexAssembly``.
    package var onConflict: ConflictRule?
    package var order = EntryOrder.source
    /// In what form the sources, and what is appended to, become part of the index.
    package var conversion = ImageConversion()
    /// Whether what refers to replaced content gets a copy that refers to the new one.
    package var copiesReferrers = false
    /// Whether an index is made even of one manifest.
    package var prefersIndex = true

    package init() {}

    /// What is going to be, or would be, under the tags.
    package struct Plan: Sendable {
        package let content: ManifestContent
        /// The entries with the places that they are read from.
        package let origins: [(entry: Descriptor, source: any ImageSource)]
        /// What the first tag held before, when it was looked at.
        package let base: ManifestContent?
        package internal(set) var warnings: [String]
        /// What was read to make it.
        let cache: ImageCache
        var rewrites: [Rewrite] = []

        /// The same plan for what the tag has come to hold.
        func holding(_ content: ManifestContent) -> Plan {
            var plan = Plan(content: content, origins: origins, base: base, warnings: warnings, cache: cache)
            plan.rewrites = rewrites
            return plan
        }
    }

    /// What was put under the tags.
    package struct Outcome: Sendable {
        package let content: ManifestContent
        /// Each tag with the digest that it has now.
        package let references: [Reference]
        package let warnings: [String]
    }

    /// Reads every source and makes the index, without changing anything.
    ///
    /// - Parameter cache: What the run has read so far; it is added to.
    /// - Throws: ``ImageError``.
    package func plan(in stores: any ImageStores, cache: ImageCache = ImageCache()) async throws -> Plan {
        var base: ManifestContent?
        if appends, let first = tags.first { base = try await update(of: first, in: stores).update.read() }
        return try await plan(readSources(from: stores, cache), over: base, in: stores, cache)
    }

    /// As ``plan(in:memory:)``, with what there would be to say about referrers.
    package func dryRun(in stores: any ImageStores) async throws -> Plan {
        var plan = try await plan(in: stores)
        plan.warnings += try await orphans(of: plan, isDryRun: true)
        return plan
    }

    /// Makes the index, copies what the tags' places lack, and writes it there.
    ///
    /// The first tag of an append is changed so that nothing is lost which others add at the same time.
    ///
    /// - Throws: ``ImageError``. Tags that were written before it stay.
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
            if plan.content.bytes != base?.bytes { try await copyContents(of: plan, to: store, observer) }
            last = plan
            return plan.content
        }
        guard let last else { return outcome(content, []) }
        try await write(last.holding(content), in: stores, to: Array(tags.dropFirst()), observer)
        return outcome(content, last.warnings + (try await orphans(of: last)))
    }

    private func update(
        of tag: Reference, in stores: any ImageStores
    ) throws(ImageError) -> (store: any ImageDestination, update: TagUpdate) {
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
                reference: tag, source: try stores.store(at: tag.location), content: base, cache: cache)
            parts.insert(try await converted(Part(view: view, isBase: true)), at: 0)
        } else if appends, mustExist, let tag = tags.first {
            throw ImageError(.notFound, "cannot append to \(tag)", "it does not exist")
        }
        if let single = unchanged(parts) {
            let origins = try single.view.entries().map { ($0, single.view.source) }
            return Plan(
                content: single.view.content, origins: origins, base: base, warnings: single.draft?.warnings ?? [],
                cache: cache, rewrites: [single.rewrite].compactMap { $0 })
        }
        return try await assemble(parts, base: base, cache)
    }

    // MARK: Writing

    /// Writes the index under several tags, to each place what it lacks.
    private func write(
        _ plan: Plan, in stores: any ImageStores, to tags: [Reference], _ observer: any TransferObserver
    ) async throws {
        let byPlace = Dictionary(grouping: tags, by: \.location)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (location, tags) in byPlace {
                let destination = try stores.destination(at: location)
                group.addTask { try await write(plan, to: destination, as: tags, observer) }
            }
            try await group.waitForAll()
        }
    }

    private func write(
        _ plan: Plan, to destination: any ImageDestination, as tags: [Reference], _ observer: any TransferObserver
    ) async throws {
        try destination.admit(plan.content)
        let copier = try await copyContents(of: plan, to: destination, observer)
        for tag in tags { try await copier.write(plan.content, as: .tag(tag.tag ?? Reference.defaultTag)) }
    }
}
