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
    package var annotations: [AnnotationRule] = []
    /// The platforms to keep; all when empty.
    package var platforms: [Platform] = []
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

    /// Reads every source and makes the index, without changing anything.
    ///
    /// - Parameter memory: What the run has read so far; it is added to.
    /// - Throws: ``ImageError``.
    package func plan(in stores: any ImageStores, memory: ImageMemory = ImageMemory()) async throws -> Plan {
        let base = try await readBase(from: stores, memory)
        let views = try await readSources(from: stores, memory)
        let parts = (base.map { [Part(view: $0, entry: nil, isBase: true)] } ?? []) + views
        if let single = unchanged(parts) {
            let origins = try single.view.entries().map { ($0, single.view.source) }
            return Plan(
                content: single.view.content, origins: origins, base: base?.content, warnings: [], memory: memory)
        }
        return try await assemble(parts, base: base?.content, memory)
    }

    /// Copies what the tags' repositories lack and writes the index there.
    ///
    /// - Returns: Each tag with the digest that it has now.
    /// - Throws: ``ImageError``. Tags that were written before it stay.
    package func carryOut(
        _ plan: Plan, in stores: any ImageStores, observer: any TransferObserver
    ) async throws -> [Reference] {
        var byPlace: [(location: Reference.Location, tags: [Reference])] = []
        for tag in tags {
            if let known = byPlace.firstIndex(where: { $0.location == tag.location }) {
                byPlace[known].tags.append(tag)
            } else {
                byPlace.append((tag.location, [tag]))
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (location, tags) in byPlace {
                let destination = try stores.store(at: location)
                group.addTask { try await write(plan, to: destination, as: tags, observer) }
            }
            try await group.waitForAll()
        }
        return tags.map { $0.pinned(to: plan.content.digest) }
    }

    private func write(
        _ plan: Plan, to destination: any ImageDestination, as tags: [Reference], _ observer: any TransferObserver
    ) async throws {
        let copier = ImageCopier(to: destination, observer: observer, memory: plan.memory)
        let names = tags.map { ManifestNaming.tag($0.tag ?? Reference.defaultTag) }
        if !plan.content.isIndex, let origin = plan.origins.first {
            for name in names { try await copier.copy(plan.content, from: origin.source, as: name) }
            return
        }
        let foreign = plan.origins.filter { $0.source.name != destination.name }
        try await copier.copy(entries: foreign.map { ($0.entry, $0.source) })
        for name in names { try await copier.write(plan.content, as: name) }
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

    private func readBase(from stores: any ImageStores, _ memory: ImageMemory) async throws -> ImageView? {
        guard appends, let tag = tags.first else { return nil }
        do {
            return try await ImageView.load(tag, from: stores, memory: memory)
        } catch let error as ImageError where error.code == .notFound && !mustExist {
            return nil
        }
    }

    private func readSources(from stores: any ImageStores, _ memory: ImageMemory) async throws -> [Part] {
        let references = try sources.map { source throws(ImageError) in try reference(of: source) }
        let distinct = Array(Set(references))
        let read = try await distinct.concurrentMap { try await ImageView.load($0, from: stores, memory: memory) }
        let views = Dictionary(uniqueKeysWithValues: zip(distinct, read))
        return zip(sources, references).compactMap { source, reference in
            views[reference].map { view in
                if case .descriptor(let entry) = source { Part(view: view, entry: entry) } else { Part(view: view) }
            }
        }
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
        var assembly = try IndexAssembly(sources)
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
        let isComplete = entry.platform.map { !$0.os.isEmpty && !$0.architecture.isEmpty } ?? false
        guard !isComplete, let configured = try await part.view.configuredPlatform() else { return entry }
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
