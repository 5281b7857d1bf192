package import OCI

/// A change that can be made to an image or index.
///
/// It may be made several times, to what a tag holds now and to what it holds later; it remembers what it has met, so
/// that what it has done itself is no error the next time.
package protocol ImageEdit: Sendable {
    /// - Returns: What the image becomes; the very bytes of before when there is nothing to change.
    /// - Throws: ``ImageError``.
    mutating func draft(of view: ImageView) async throws -> ImageDraft
}

/// A manifest with what it takes the place of.
package typealias Replacement = (old: Digest, new: ManifestContent)

/// What a change makes of an image.
package struct ImageDraft: Sendable {
    package let content: ManifestContent
    /// Blobs that it and what is below it need and the image had not.
    package var blobs: [NewBlob] = []
    /// Manifests below it that are new, children first.
    package var children: [Replacement] = []
    /// New manifests that refer to what is below it.
    package var referrers: [Replacement] = []
    package var warnings: [String] = []

    package init(_ content: ManifestContent) {
        self.content = content
    }

    /// Everything that takes the place of something else, when the draft does that of some content.
    func replacements(of content: ManifestContent) -> [Replacement] {
        children + referrers + [(content.digest, self.content)]
    }
}

/// What became of an image that was changed, or would become of it.
package struct RewriteResult: Sendable {
    /// The reference with the digest that it has now.
    package let reference: Reference
    package let before: ManifestContent?
    package let after: ManifestContent
    package let warnings: [String]

    package init(reference: Reference, before: ManifestContent?, after: ManifestContent, warnings: [String] = []) {
        self.reference = reference
        self.before = before
        self.after = after
        self.warnings = warnings
    }
}

/// Changes what a reference names in its place: the tag is moved to the changed content, without losing what others do
/// to it. A reference without a tag only gives new content.
package struct ImageRewrite: Sendable {
    let reference: Reference
    /// Whether nothing is written.
    package var isDryRun = false
    /// Whether what refers to replaced content gets a copy that refers to the new one.
    package var copiesReferrers = false

    package init(of reference: Reference) {
        self.reference = reference
    }

    /// - Throws: ``ImageError``; what the edit throws.
    package func run(
        _ edit: some ImageEdit, in stores: any ImageStores, observer: any TransferObserver
    ) async throws -> RewriteResult {
        let store = try stores.store(at: reference.location)
        let tag = reference.tag ?? (reference.digest == nil ? Reference.defaultTag : nil)
        var work = Work(edit: edit, reference: reference, store: store, rewrite: self, observer: observer)
        var written: ManifestContent
        if let tag, !isDryRun {
            written = try await TagUpdate(of: tag, in: store).run { base in try await work.change(base, of: tag) }
        } else {
            let base = try await store.manifest(tag.map { .tag($0) } ?? reference.manifestReference)
            written = try await work.change(base, of: tag)
            if !isDryRun, written.digest != base.digest { try await store.put(written, as: .digest) }
        }
        if !copiesReferrers || isDryRun { try await work.noteOrphans() }
        let result = Reference(reference.location, tag: tag, digest: written.digest)
        return RewriteResult(
            reference: result, before: work.before, after: work.draft?.content ?? written, warnings: work.warnings)
    }
}

/// The state of a change that is being made.
private struct Work<Edit: ImageEdit> {
    var edit: Edit
    let reference: Reference
    let store: any ImageStore
    let rewrite: ImageRewrite
    let observer: any TransferObserver
    let cache = ImageCache()

    /// What was changed last, and into what.
    var before: ManifestContent?
    var draft: ImageDraft?
    var warnings: [String] = []

    mutating func change(_ base: ManifestContent?, of tag: String?) async throws -> ManifestContent {
        guard let base else {
            throw ImageError(
                .notFound, "cannot change \(reference)", "there is no such tag",
                advice: "imgtool tags \(reference.location) lists the tags there are")
        }
        if let expected = reference.digest, tag != nil, draft == nil, base.digest != expected {
            throw ImageError(.verification, "cannot change \(reference)", "the tag holds \(base.digest) by now")
        }
        let draft = try await edit.draft(
            of: ImageView(reference: reference, source: store, content: base, cache: cache))
        guard draft.content.bytes != base.bytes else {
            if before == nil { before = base }
            return base
        }
        (before, self.draft, warnings) = (base, draft, draft.warnings)
        if !rewrite.isDryRun { try await prepare(draft, in: base) }
        return draft.content
    }

    /// Writes what the changed content refers to, and what refers to it.
    private func prepare(_ draft: ImageDraft, in base: ManifestContent) async throws {
        let copier = ImageCopier(to: store, observer: observer, cache: cache)
        for blob in draft.blobs { try await copier.copy(blob) }
        for child in draft.children { try await copier.write(child.new, as: .child) }
        for referrer in draft.referrers { try await copier.write(referrer.new, as: .digest) }
        guard rewrite.copiesReferrers else { return }
        try await ReferrerMove(of: draft.replacements(of: base), in: store).copy(through: copier)
    }

    /// Warns of what refers to content that is not the tag's any more.
    mutating func noteOrphans() async throws {
        guard let draft, let before else { return }
        let move = ReferrerMove(of: draft.replacements(of: before), in: store)
        warnings += [try await move.note(isCopied: rewrite.copiesReferrers)].compactMap { $0 }
    }
}
