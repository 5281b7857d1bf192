package import OCI

/// Copies an image from one store to another, byte for byte unless a conversion is requested: `copy`, `push` and
/// `pull`.
package struct ImageCopy: Sendable {

    package var source: Reference
    package var destination: Reference
    /// The platforms to copy; empty for all. A single one yields the image itself, several an index of them.
    package var platforms: [Platform] = []
    /// The referrers (signatures, SBOMs) to copy, of the image and of everything below it.
    package var referrers = ReferrerRule.none
    /// The conversion to apply.
    package var conversion = ImageConversion()
    /// True to copy referrers of converted content, changed to refer to the new content.
    package var copiesReferrers = false

    package init(from source: Reference, to destination: Reference) {
        self.source = source
        self.destination = destination
    }

    /// - Returns: The destination with its new digest.
    /// - Throws: ``ImageError``. Content copied before the error stays, and is not copied again.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> Reference {
        let target = try stores.destination(at: destination.location)
        let cache = ImageCache()
        let whole = try await ImageView.load(source, from: stores, cache: cache)
        let chosen = try await chosen(of: whole, from: stores, cache)
        let draft = try await conversion.draft(of: chosen)
        let view = chosen.changed(by: draft)
        let content = view.content
        if let expected = destination.digest, expected != content.digest {
            throw ImageError(
                .verification, "cannot copy \(view.pinnedName) to \(destination)", "its digest is \(content.digest)")
        }
        let name = try await name(in: view.source)
        let tag = name?.tag ?? destination.tag ?? (destination.digest == nil ? Reference.defaultTag : nil)
        let copier = ImageCopier(to: target, observer: observer, cache: cache)
        if !draft.referrers.isEmpty {
            try await copier.copyContents(of: content, from: view.source)
            for referrer in draft.referrers { try await copier.copy(referrer.new, from: view.source, as: .digest) }
        }
        try await copier.copy(content, from: view.source, as: (name?.full ?? tag).map { .tag($0) } ?? .digest)
        let subjects = [content.digest] + (content.isIndex ? try content.index().manifests.map(\.digest) : [])
        let notes = try await ReferrerCopy(referrers, from: view.source).run(for: subjects, through: copier)
        notes.forEach(observer.warn)
        let result = Reference(destination.location, tag: tag, digest: content.digest)
        if content.digest != chosen.content.digest {
            observer.warn("\(result) was rewritten; the digest of what was copied is \(chosen.content.digest)")
        }
        // A single image is copied unchanged; an index of several replaces the original one.
        let old = whole.content.isIndex && chosen.content.isIndex ? whole : chosen
        let move = ReferrerMove(of: draft.replacements(of: old.content), in: view.source)
        if copiesReferrers { try await move.copy(through: copier) }
        for warning in draft.warnings { observer.warn(warning) }
        if !copiesReferrers, let note = try await move.note(isCopied: false) { observer.warn(note) }
        return result
    }

    private func chosen(
        of view: ImageView, from stores: any ImageStores, _ cache: ImageCache
    ) async throws -> ImageView {
        if platforms.count > 1 {
            var creation = IndexCreation()
            creation.sources = [.reference(source.pinned(to: view.content.digest))]
            creation.platforms = platforms
            creation.findsAttestations = false
            let plan = try await creation.plan(in: stores, cache: cache)
            return view.changed(by: ImageDraft(plan.content))
        }
        guard let platform = platforms.first else { return view }
        return try await view.selected(for: platform)
    }
}
