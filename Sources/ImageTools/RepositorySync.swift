internal import Concurrency
package import OCI

/// Makes the tags of one repository or layout the same as those of another: what `sync` does.
///
/// The digest of each tag is asked for at both ends, and the image is copied if they differ. A tag that cannot be copied
/// does not stop the others. An interrupted run can be repeated.
package struct RepositorySync: Sendable {
    private static let parallelTags = 16

    package let source: Reference.Location
    package let destination: Reference.Location
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

    package init(from source: Reference.Location, to destination: Reference.Location) {
        self.source = source
        self.destination = destination
    }

    /// The same settings for another source and destination.
    package func between(_ source: Reference.Location, _ destination: Reference.Location) -> RepositorySync {
        var sync = RepositorySync(from: source, to: destination)
        (sync.tags, sync.platforms, sync.referrers) = (tags, platforms, referrers)
        (sync.deletes, sync.isDryRun) = (deletes, isDryRun)
        return sync
    }

    /// - Throws: ``ImageError`` when the tags cannot be listed at all, or `deletes` would leave none.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> SyncResult {
        let from = try stores.source(at: source)
        let to = try stores.destination(at: destination)
        async let present = Self.presentTags(of: to)
        let wanted = try await wantedTags(of: from)
        let existing = try await present
        guard !deletes || !wanted.isEmpty else {
            throw ImageError(
                .failed, "cannot sync \(source) to \(destination)", "no tag is chosen, and all others would be removed")
        }
        let cache = ImageCache()
        let work = SyncWork(
            sync: self, stores: stores, from: from, to: to, existing: existing, cache: cache,
            copier: ImageCopier(to: to, observer: observer, cache: cache), observer: observer)
        var tags = try await wanted.concurrentMap(limit: to is any StreamDestination ? 1 : Self.parallelTags) {
            try await work.sync($0.reference, as: $0.tag)
        }
        if deletes {
            let kept = Set(wanted.map(\.tag))
            let others = existing.filter { !kept.contains($0) && !DigestTags.isReserved($0) }
            tags += try await others.sorted().concurrentMap { try await work.remove($0) }
        }
        return SyncResult(source: source, destination: destination, tags: tags)
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

    /// The error of the first tag that failed.
    package var failure: ImageError? {
        for tag in tags { if case .failed(let error) = tag.state { return error } }
        return nil
    }
}

/// The state of one run.
private struct SyncWork: Sendable {
    let sync: RepositorySync
    let stores: any ImageStores
    let from: any ImageSource
    let to: any ImageDestination
    let existing: Set<String>
    let cache: ImageCache
    let copier: ImageCopier
    let observer: any TransferObserver

    func sync(_ reference: ManifestReference, as tag: String) async throws -> SyncResult.Tag {
        var found: Digest?
        var previous: Digest?
        do {
            let descriptor = try await from.resolve(reference)
            found = descriptor.digest
            if existing.contains(tag) { previous = try await held(tag) }
            let state = try await bring(descriptor, as: tag, replacing: previous, found: &found)
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
    private func held(_ tag: String) async throws -> Digest? {
        do {
            return try await to.resolve(.tag(tag)).digest
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    private func bring(
        _ descriptor: Descriptor, as tag: String, replacing previous: Digest?, found: inout Digest?
    ) async throws -> SyncResult.State {
        var isSame = descriptor.digest == previous
        if sync.platforms.isEmpty, isSame, sync.referrers.isNone { return .unchanged }
        if sync.platforms.isEmpty, sync.isDryRun { return isSame ? .unchanged : .copied }
        let content = try await from.manifest(.digest(descriptor.digest))
        cache.keep(content)
        var view = ImageView(
            reference: Reference(sync.source, tag: nil, digest: content.digest), source: from, content: content,
            cache: cache)
        if !sync.platforms.isEmpty {
            view = try await view.narrowed(to: sync.platforms, in: stores, cache: cache)
            found = view.content.digest
            isSame = view.content.digest == previous
            if sync.isDryRun { return isSame ? .unchanged : .copied }
        }
        if !isSame { try await copier.copy(view.content, from: from, as: .tag(tag)) }
        let subjects = try view.subjects
        let notes = try await ReferrerCopy(sync.referrers, from: from).run(for: subjects, through: copier)
        notes.forEach(observer.warn)
        return isSame ? .unchanged : .copied
    }
}
