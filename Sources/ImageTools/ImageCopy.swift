internal import Concurrency
package import OCI

/// Copies an image from one store to another, byte for byte unless a conversion is requested: `copy`, `push` and
/// `pull`.
package struct ImageCopy: Sendable {

    package var source: Reference
    package var destinations: [Reference]
    /// The platforms to copy; empty for all. A single one yields the image itself, several an index of them.
    package var platforms: [Platform] = []
    /// The referrers (signatures, SBOMs) to copy, of the image and of everything below it.
    package var referrers = ReferrerRule.none
    /// The conversion to apply.
    package var conversion = ImageConversion()
    /// True to copy referrers of converted content, changed to refer to the new content.
    package var copiesReferrers = false

    /// True to look up the previous targets of tags.
    package var looksAtTags = false

    package init(from source: Reference, to destinations: [Reference]) {
        self.source = source
        self.destinations = destinations
    }

    /// - Returns: The result at each destination, in order. All are written at once, and the source is read once.
    /// - Throws: ``ImageError``. Content copied before the error stays, and is not copied again.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> [CopyResult] {
        let cache = ImageCache()
        let targets = try destinations.map { reference throws(ImageError) in
            (reference: reference, store: try stores.destination(at: reference.location))
        }
        let whole = try await ImageView.load(source, from: stores, cache: cache)
        let chosen = try await chosen(of: whole, from: stores, cache)
        let draft = try await conversion.draft(of: chosen)
        let view = chosen.changed(by: draft)
        let digest = view.content.digest
        if let other = destinations.first(where: { $0.digest != nil && $0.digest != digest }) {
            throw ImageError(
                .verification, "cannot copy \(view.pinnedName) to \(other)", "its digest is \(digest)")
        }
        let observer = TransferCounter(observer)
        // A single image is copied unchanged; an index of several replaces the original one.
        let old = whole.content.isIndex && chosen.content.isIndex ? whole : chosen
        let move = ReferrerMove(of: draft.replacements(of: old.content), in: view.source)
        let isOriginal = platforms.count < 2 && digest == chosen.content.digest
        let left = isOriginal && referrers.isNone ? LeftReferrers(of: digest, in: view.source, cache: cache) : nil
        let work = CopyWork(
            copy: self, view: view, draft: draft, move: move, original: chosen.content.digest, left: left,
            observer: observer)
        let stores = Dictionary(targets.map { ($0.reference.location, $0.store) }) { first, _ in first }
        let shared = stores.count > 1 ? SharedTransfers(to: Array(stores.values)) : nil
        let copiers = stores.mapValues { ImageCopier(to: $0, observer: observer, cache: cache, sharing: shared) }
        let results = try await targets.concurrentMap(limit: copiers.count > 1 ? targets.count : 1) { target in
            guard let copier = copiers[target.reference.location] else { throw CancellationError() }
            return try await work.copy(to: target.reference, in: target.store, through: copier)
        }
        if let note = results.lazy.compactMap(\.left).first { observer.note(note) }
        for warning in draft.warnings { observer.warn(warning) }
        if !copiesReferrers, let note = try await move.note(isCopied: false) { observer.warn(note) }
        return results.map(\.result)
    }

    private func chosen(
        of view: ImageView, from stores: any ImageStores, _ cache: ImageCache
    ) async throws -> ImageView {
        try await view.narrowed(to: platforms, in: stores, cache: cache)
    }
}

/// A copy under way.
private struct CopyWork: Sendable {
    let copy: ImageCopy
    let view: ImageView
    let draft: ImageDraft
    let move: ReferrerMove
    /// The digest of what is copied, before it gets another form.
    let original: Digest
    /// The referrers that are not copied, if they are of interest.
    let left: LeftReferrers?
    let observer: TransferCounter

    /// Copies to one destination.
    func copy(
        to destination: Reference, in store: any ImageDestination, through copier: ImageCopier
    ) async throws -> (result: CopyResult, left: String?) {
        let content = view.content
        try store.checkFit(of: content)
        let name = try await copy.name(of: destination, from: view.source)
        let tag = name?.tag ?? destination.tag ?? (destination.digest == nil ? Reference.defaultTag : nil)
        let previous = copy.looksAtTags ? try await held(tag, in: store) : nil
        if !draft.referrers.isEmpty {
            try await copier.copyContents(of: content, from: view.source)
            for referrer in draft.referrers { try await copier.copy(referrer.new, from: view.source, as: .digest) }
        }
        let note = try await write((name?.full ?? tag).map { .tag($0) } ?? .digest, at: destination, through: copier)
        let notes = try await ReferrerCopy(copy.referrers, from: view.source).run(for: view.subjects, through: copier)
        notes.forEach(observer.warn)
        let result = Reference(destination.location, tag: tag, digest: content.digest)
        if content.digest != original {
            observer.warn("\(result) was rewritten; the digest of what was copied is \(original)")
        }
        if copy.copiesReferrers { try await move.copy(through: copier) }
        let copied = CopyResult(
            reference: result, content: content.descriptor, source: original, previous: previous,
            transfers: observer[store.name])
        return (copied, note)
    }

    /// - Returns: A line about referrers that stay behind. If the image is there already, nobody asks for them.
    private func write(
        _ naming: ManifestNaming, at destination: Reference, through copier: ImageCopier
    ) async throws -> String? {
        if try await copier.isHeld(view.content, as: naming) { return nil }
        let isElsewhere = destination.location != copy.source.location && !destination.location.tagsAreNames
        async let note = isElsewhere ? left?.note() : nil
        try await copier.copyMissing(view.content, from: view.source, as: naming)
        return try await note
    }

    private func held(_ tag: String?, in store: any ImageDestination) async throws -> Digest? {
        guard let tag else { return nil }
        do {
            return try await store.resolve(.tag(tag)).digest
        } catch let error as ImageError where error.code == .notFound || error.code == .denied {
            return nil
        }
    }
}
