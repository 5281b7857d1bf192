internal import Concurrency
internal import JSON
package import OCI

/// Makes an index of sources and puts it under tags: what `create` does.
package struct IndexCreation: Sendable {
    /// Where an entry comes from.
    package enum Source: Sendable {
        case reference(Reference)
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
    package var patience: Duration = .seconds(60)
    package var annotations: [AnnotationRule] = []
    /// The platforms to keep; all when empty.
    package var platforms: [Platform] = []
    /// What becomes of different images for one platform; see ``IndexAssembly``.
    package var onConflict: ConflictRule?
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
        package let warnings: [String]
        /// What was read to make it.
        let memory: ImageMemory
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
    /// - Parameter memory: What the run has read so far; it is added to.
    /// - Throws: ``ImageError``.
    package func plan(in stores: any ImageStores, memory: ImageMemory = ImageMemory()) async throws -> Plan {
        var base: ManifestContent?
        if appends, let first = tags.first { base = try await update(of: first, in: stores).update.read() }
        return try await plan(over: base, in: stores, memory)
    }

    /// Makes the index, copies what the tags' places lack, and writes it there.
    ///
    /// The first tag of an append is changed so that nothing is lost which others add at the same time.
    ///
    /// - Throws: ``ImageError``. Tags that were written before it stay.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> Outcome {
        let memory = ImageMemory()
        guard appends, let first = tags.first else {
            let plan = try await plan(over: nil, in: stores, memory)
            try await write(plan, in: stores, to: tags, observer)
            return outcome(plan.content, plan.warnings)
        }
        let (store, update) = try update(of: first, in: stores)
        var last: Plan?
        let content = try await update.run { base in
            let plan = try await plan(over: base, in: stores, memory)
            if plan.content.bytes != base?.bytes { try await copyContents(of: plan, to: store, observer) }
            last = plan
            return plan.content
        }
        guard let last else { return outcome(content, []) }
        let rest = Plan(
            content: content, origins: last.origins, base: last.base, warnings: last.warnings, memory: memory)
        try await write(rest, in: stores, to: Array(tags.dropFirst()), observer)
        return outcome(content, last.warnings)
    }

    private func update(
        of tag: Reference, in stores: any ImageStores
    ) throws(ImageError) -> (store: any ImageDestination, update: TagUpdate) {
        let store = try stores.store(at: tag.location)
        return (store, TagUpdate(of: tag.tag ?? Reference.defaultTag, in: store, patience: patience))
    }

    private func outcome(_ content: ManifestContent, _ warnings: [String]) -> Outcome {
        Outcome(content: content, references: tags.map { $0.pinned(to: content.digest) }, warnings: warnings)
    }

    private func plan(
        over base: ManifestContent?, in stores: any ImageStores, _ memory: ImageMemory
    ) async throws -> Plan {
        var parts = try await readSources(from: stores, memory)
        if let base, let tag = tags.first {
            memory.keep(base)
            let view = ImageView(
                reference: tag, source: try stores.store(at: tag.location), content: base, memory: memory)
            parts.insert(Part(view: view, isBase: true), at: 0)
        } else if appends, mustExist, let tag = tags.first {
            throw ImageError(.notFound, "cannot append to \(tag)", "it does not exist")
        }
        if let single = unchanged(parts) {
            let origins = try single.view.entries().map { ($0, single.view.source) }
            return Plan(content: single.view.content, origins: origins, base: base, warnings: [], memory: memory)
        }
        return try await assemble(parts, base: base, memory)
    }

    // MARK: Writing

    /// Writes the index under several tags, to each place what it lacks.
    private func write(
        _ plan: Plan, in stores: any ImageStores, to tags: [Reference], _ observer: any TransferObserver
    ) async throws {
        let byPlace = Dictionary(grouping: tags, by: \.location)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (location, tags) in byPlace {
                let destination = try stores.store(at: location)
                group.addTask { try await write(plan, to: destination, as: tags, observer) }
            }
            try await group.waitForAll()
        }
    }

    private func write(
        _ plan: Plan, to destination: any ImageDestination, as tags: [Reference], _ observer: any TransferObserver
    ) async throws {
        let copier = try await copyContents(of: plan, to: destination, observer)
        for tag in tags { try await copier.write(plan.content, as: .tag(tag.tag ?? Reference.defaultTag)) }
    }

    /// Copies everything that the planned content refers to.
    @discardableResult
    func copyContents(
        of plan: Plan, to destination: any ImageDestination, _ observer: any TransferObserver
    ) async throws -> ImageCopier {
        let copier = ImageCopier(to: destination, observer: observer, memory: plan.memory)
        let foreign = plan.origins.filter { $0.source.name != destination.name }
        if plan.content.isIndex {
            try await copier.copy(entries: foreign.map { ($0.entry, $0.source) })
        } else if let origin = foreign.first {
            try await copier.copyContents(of: plan.content, from: origin.source)
        }
        return copier
    }
}

// MARK: Reading

extension IndexCreation {
    /// A source that has been read.
    private struct Part: Sendable {
        let view: ImageView
        /// What the command line says about it.
        var entry: Descriptor?
        var isBase = false
    }

    private func readSources(from stores: any ImageStores, _ memory: ImageMemory) async throws -> [Part] {
        let references = try sources.map { source throws(ImageError) in try reference(of: source) }
        let distinct = Array(Set(references))
        let read = try await distinct.concurrentMap { reference in
            let view = try await ImageView.load(reference, from: stores, memory: memory)
            // What is going to be asked of it is asked at once, while other sources are still being read.
            if asksForPlatform(of: view.content) { _ = try await view.configuredPlatform() }
            return view
        }
        let views = Dictionary(uniqueKeysWithValues: zip(distinct, read))
        return zip(sources, references).compactMap { source, reference in
            views[reference].map { view in
                if case .descriptor(let entry) = source { Part(view: view, entry: entry) } else { Part(view: view) }
            }
        }
    }

    /// Whether a source becomes an entry whose platform nobody has stated.
    private func asksForPlatform(of content: ManifestContent) -> Bool {
        let becomesEntry = prefersIndex || appends || sources.count > 1 || !annotations.isEmpty
        let isStated = sources.contains { source in
            guard case .descriptor(let entry) = source, entry.digest == content.digest else { return false }
            return entry.platform?.isComplete ?? false
        }
        return !content.isIndex && becomesEntry && !isStated
    }

    /// Where a source is: bare digests and descriptors are in the one place that is spoken of.
    private func reference(of source: Source) throws(ImageError) -> Reference {
        let digest: Digest
        switch source {
        case .reference(let reference): return reference
        case .digest(let bare): digest = bare
        case .descriptor(let descriptor): digest = descriptor.digest
        }
        var places: [Reference.Location] = []
        for location in tags.map(\.location) + sources.compactMap(\.location) where !places.contains(location) {
            places.append(location)
        }
        guard places.count == 1, let place = places.first else {
            throw ImageError(
                .usage, "cannot find \(digest)",
                places.isEmpty ? "no repository is named" : "\(places.count) repositories are named",
                advice: "write it with its repository, as in registry/repo@\(digest.short)…")
        }
        return Reference(place, digest: digest)
    }

    /// The only source, when it stays as it is.
    private func unchanged(_ parts: [Part]) -> Part? {
        guard parts.count == 1, let part = parts.first, annotations.isEmpty else { return nil }
        guard part.view.content.isIndex else {
            let alone = !prefersIndex && part.entry == nil && platforms.isEmpty
            return alone ? part : nil
        }
        guard let index = try? part.view.content.index() else { return nil }
        let keepsEvery = index.images.allSatisfy { entry in
            entry.platform.map { platform in platforms.contains { $0.matches(platform) } } ?? true
        }
        let hasEach = platforms.allSatisfy { wanted in
            index.images.contains { $0.platform.map(wanted.matches) ?? false }
        }
        return platforms.isEmpty || keepsEvery && hasEach ? part : nil
    }

    // MARK: Assembling

    private func assemble(_ parts: [Part], base: ManifestContent?, _ memory: ImageMemory) async throws -> Plan {
        let sources = try await parts.concurrentMap { part in
            IndexAssembly.Source(
                name: part.view.reference.description, content: part.view.content,
                entry: try await entry(for: part), statesPlatform: part.entry?.platform != nil, isBase: part.isBase)
        }
        var assembly = try IndexAssembly(sources, onConflict: onConflict)
        if !platforms.isEmpty { try assembly.keep(platforms) }
        try assembly.annotate(annotations)
        let content = try assembly.finished()
        var places: [Digest: any ImageSource] = [:]
        for part in parts.reversed() {
            for entry in try part.view.entries() { places[entry.digest] = part.view.source }
        }
        let origins = assembly.entries.compactMap { entry in places[entry.digest].map { (entry, $0) } }
        return Plan(
            content: base.flatMap { Self.saysTheSame($0, content) ? $0 : nil } ?? content, origins: origins, base: base,
            warnings: assembly.warnings, memory: memory)
    }

    /// Whether two indexes differ in nothing but how their JSON is written, so that the older one can stay.
    private static func saysTheSame(_ old: ManifestContent, _ new: ManifestContent) -> Bool {
        guard old.mediaType == new.mediaType, var before = try? old.index(), let after = try? new.index() else {
            return false
        }
        before.mediaType = before.mediaType ?? old.mediaType
        return before == after
    }

    /// The entry for a single manifest: what the command line says, completed from the image's configuration.
    private func entry(for part: Part) async throws -> Descriptor {
        var entry = part.view.content.descriptor
        if part.view.content.isIndex { return entry }
        if let given = part.entry {
            guard given.size == 0 || given.size == entry.size else {
                throw ImageError(
                    .verification, "cannot use the descriptor of \(entry.digest)",
                    "it says \(given.size) bytes, but there are \(entry.size)")
            }
            let mediaType = given.mediaType.isEmpty ? entry.mediaType : given.mediaType
            let size = entry.size
            entry = given
            (entry.mediaType, entry.size) = (mediaType, size)
        }
        guard entry.platform?.isComplete != true, let configured = try await part.view.configuredPlatform() else {
            return entry
        }
        guard var platform = entry.platform else {
            entry.platform = configured
            return entry
        }
        if platform.architecture.isEmpty {
            platform.architecture = configured.architecture
            platform.variant = platform.variant ?? configured.variant
        }
        if platform.os.isEmpty { platform.os = configured.os }
        entry.platform = platform
        return entry
    }
}

extension Platform {
    /// Whether it says as much as an entry of an index has to.
    fileprivate var isComplete: Bool { !os.isEmpty && !architecture.isEmpty }
}

extension IndexCreation.Source {
    fileprivate var location: Reference.Location? {
        if case .reference(let reference) = self { reference.location } else { nil }
    }
}

extension ImageView {
    /// The entries of this index, or this manifest itself.
    fileprivate func entries() throws(ImageError) -> [Descriptor] {
        content.isIndex ? try content.index().manifests : [content.descriptor]
    }
}
