internal import Concurrency
package import OCI

/// Makes the tags of one repository or layout the same as those of another: what `sync` does.
///
/// The digest of each tag is asked for at both ends, and the image is copied if they differ. A tag that cannot be copied
/// does not stop the others. An interrupted run can be repeated.
package struct RepositorySync: Sendable {
    package let source: Reference.Location
    /// The destinations, which are written at once, and for which the source is read once.
    package let destinations: [Reference.Location]
    package var tags = TagSelection()
    /// A single image and its new tag, instead of tags with the same names.
    package var image: (reference: ManifestReference, tag: String)?
    /// The platforms to copy; empty for all. A single one gives an image, several an index.
    package var platforms: [Platform] = []
    /// The referrers to copy along with the images.
    package var referrers = ReferrerRule.none
    /// True to remove other tags of the destination.
    package var deletes = false
    /// True to write nothing.
    package var isDryRun = false

    package init(from source: Reference.Location, to destinations: [Reference.Location]) {
        self.source = source
        self.destinations = destinations
    }

    /// The same settings for another source and destination.
    package func between(_ source: Reference.Location, _ destination: Reference.Location) -> RepositorySync {
        var sync = RepositorySync(from: source, to: [destination])
        (sync.tags, sync.platforms, sync.referrers) = (tags, platforms, referrers)
        (sync.deletes, sync.isDryRun) = (deletes, isDryRun)
        return sync
    }

    /// - Returns: The result for each destination, in order.
    /// - Throws: ``ImageError`` when the tags cannot be listed at all, or `deletes` would leave none.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> [SyncResult] {
        if let archive = destinations.first(where: \.tagsAreNames) {
            throw ImageError(
                .usage, "cannot copy tags to \(archive)", "Docker's archives have full names instead of tags",
                advice: "use oci-archive:")
        }
        let from = try stores.source(at: source)
        let targets = try Dictionary(destinations.map { ($0, try stores.destination(at: $0)) }) { first, _ in first }
        async let lists = targets.concurrentMap { ($0.key, try await Self.presentTags(of: $0.value)) }
        let wanted = try await wantedTags(of: from)
        let existing = Dictionary(uniqueKeysWithValues: try await lists)
        guard !deletes || !wanted.isEmpty else {
            throw ImageError(
                .failed, "cannot sync \(source) to \(destinations.map(\.description).joined(separator: ", "))",
                "no tag is chosen, and all others would be removed")
        }
        let reading = SyncReading(source: from)
        let shared = targets.count > 1 ? SharedTransfers(to: Array(targets.values)) : nil
        let results = try await targets.concurrentMap(limit: targets.count) { location, store in
            let copier = ImageCopier(to: store, observer: observer, cache: reading.cache, sharing: shared)
            let work = SyncWork(
                sync: self, stores: stores, reading: reading, to: store, existing: existing[location] ?? [],
                copier: copier, observer: observer)
            return (location, try await work.run(wanted))
        }
        let tags = Dictionary(uniqueKeysWithValues: results)
        return destinations.map { SyncResult(source: source, destination: $0, tags: tags[$0] ?? []) }
    }

    private func wantedTags(of source: any ImageSource) async throws -> [(reference: ManifestReference, tag: String)] {
        if let image { return [image] }
        let names: [String]
        if let given = tags.names {
            names = given
        } else {
            let attempt = "cannot list the tags of \(source.name)"
            names = try await source.capable(of: (any TagListing).self, attempt).tags()
        }
        let chosen = tags.choose(from: names.filter { !DigestTags.isReserved($0) })
        return chosen.map { (.tag($0), $0) }
    }

    /// The tags of a destination; none if it does not exist yet, which some registries report as a refusal.
    private static func presentTags(of destination: any ImageResolver) async throws -> Set<String> {
        do {
            return Set(try await (destination as? any TagListing)?.tags() ?? [])
        } catch let error as ImageError where error.code == .notFound || error.code == .denied {
            return []
        }
    }
}

/// The result for the tags of a repository.
package struct SyncResult: Sendable {
    package enum State: Sendable {
        /// It was copied, or in a dry run would have been.
        case copied
        case unchanged
        case deleted
        case failed(ImageError)
    }

    package struct Tag: Sendable {
        package let name: String
        /// Its target in the source.
        package let digest: Digest?
        /// Its previous target in the destination.
        package let previous: Digest?
        package let state: State
    }

    package let source: Reference.Location
    package let destination: Reference.Location
    package let tags: [Tag]
    /// Why nothing was compared at all.
    package let problem: ImageError?

    init(source: Reference.Location, destination: Reference.Location, tags: [Tag]) {
        (self.source, self.destination, self.tags, problem) = (source, destination, tags, nil)
    }

    /// The result of a sync that has failed as a whole.
    package init(source: Reference.Location, destination: Reference.Location, problem: ImageError) {
        (self.source, self.destination, tags, self.problem) = (source, destination, [], problem)
    }

    /// The error of the first tag that failed.
    package var failure: ImageError? {
        if let problem { return problem }
        for tag in tags { if case .failed(let error) = tag.state { return error } }
        return nil
    }
}

/// The content of a source, read once for all destinations.
private struct SyncReading: Sendable {
    let source: any ImageSource
    let cache = ImageCache()
    private let targets = SingleFlight<ManifestReference, Descriptor>()

    init(source: any ImageSource) {
        self.source = source
    }

    func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        try await targets.value(for: reference) { try await source.resolve(reference) }
    }
}

/// The work at one destination.
private struct SyncWork: Sendable {
    private static let parallelTags = 16

    let sync: RepositorySync
    let stores: any ImageStores
    let reading: SyncReading
    let to: any ImageDestination
    let existing: Set<String>
    let copier: ImageCopier
    let observer: any TransferObserver

    func run(_ wanted: [(reference: ManifestReference, tag: String)]) async throws -> [SyncResult.Tag] {
        let tags = try await wanted.concurrentMap(limit: copier.keepsOrder ? 1 : Self.parallelTags) {
            try await self.sync($0.reference, as: $0.tag)
        }
        guard sync.deletes else { return tags }
        let kept = Set(wanted.map(\.tag))
        let others = existing.filter { !kept.contains($0) && !DigestTags.isReserved($0) }
        return tags + (try await others.sorted().concurrentMap { try await remove($0) })
    }

    func sync(_ reference: ManifestReference, as tag: String) async throws -> SyncResult.Tag {
        var found: Digest?
        var previous: Digest?
        do {
            let descriptor = try await reading.resolve(reference)
            found = descriptor.digest
            let held = existing.contains(tag) ? try await self.held(tag) : nil
            previous = held?.digest
            let state = try await bring(descriptor, as: tag, replacing: held, found: &found)
            return SyncResult.Tag(name: tag, digest: found, previous: previous, state: state)
        } catch let error as ImageError {
            return SyncResult.Tag(name: tag, digest: found, previous: previous, state: .failed(error))
        }
    }

    func remove(_ tag: String) async throws -> SyncResult.Tag {
        do {
            if !sync.isDryRun {
                try await to.capable(of: (any ImageRemoval).self, "cannot remove \(to.name):\(tag)").removeTag(tag)
            }
            return SyncResult.Tag(name: tag, digest: nil, previous: nil, state: .deleted)
        } catch let error as ImageError {
            return SyncResult.Tag(name: tag, digest: nil, previous: nil, state: .failed(error))
        }
    }

    /// The target of a tag in the destination.
    private func held(_ tag: String) async throws -> Descriptor? {
        do {
            return try await to.resolve(.tag(tag))
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    private func bring(
        _ descriptor: Descriptor, as tag: String, replacing held: Descriptor?, found: inout Digest?
    ) async throws -> SyncResult.State {
        let from = reading.source
        var isSame = descriptor.digest == held?.digest
        if sync.platforms.isEmpty, isSame, sync.referrers.isNone { return .unchanged }
        if sync.platforms.isEmpty, sync.isDryRun { return isSame ? .unchanged : .copied }
        let content = try await reading.cache.manifest(of: descriptor, from: from)
        reading.cache.keep(content, of: from)
        var view = ImageView(
            reference: Reference(sync.source, tag: nil, digest: content.digest), source: from, content: content,
            cache: reading.cache)
        if !sync.platforms.isEmpty {
            if sync.referrers.isNone, let held, try await isOnly(held, in: view) {
                found = held.digest
                return .unchanged
            }
            view = try await view.narrowed(to: sync.platforms, in: stores, cache: reading.cache)
            found = view.content.digest
            isSame = view.content.digest == held?.digest
            if sync.isDryRun { return isSame ? .unchanged : .copied }
        }
        if !isSame { try await copier.copy(view.content, from: from, as: .tag(tag)) }
        let subjects = try view.subjects
        let notes = try await ReferrerCopy(sync.referrers, from: from).run(for: subjects, through: copier)
        notes.forEach(observer.warn)
        return isSame ? .unchanged : .copied
    }

    /// Returns true if an image is the one of the only platform, which then need not be read.
    private func isOnly(_ held: Descriptor, in view: ImageView) async throws -> Bool {
        guard sync.platforms.count == 1, view.content.isIndex, MediaType.isImageManifest(held.mediaType) else {
            return false
        }
        return try await view.selectedDescriptor(for: sync.platforms[0]).digest == held.digest
    }
}
