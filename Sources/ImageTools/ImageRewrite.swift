package import OCI

/// A change to an image or index.
///
/// It may be applied repeatedly, as a tag changes, and remembers what it found, so that its own earlier changes are not
/// an error the next time.
package protocol ImageEdit: Sendable {
    /// - Returns: The changed image; the original bytes if there is nothing to change.
    /// - Throws: ``ImageError``.
    mutating func draft(of view: ImageView) async throws -> ImageDraft
}

/// A manifest and the digest that it replaces.
package typealias Replacement = (old: Digest, new: ManifestContent)

/// The result of a change to an image.
package struct ImageDraft: Sendable {
    package let content: ManifestContent
    /// New blobs of the image and of content below it.
    package var blobs: [NewBlob] = []
    /// New manifests below the image, children first.
    package var children: [Replacement] = []
    /// New manifests that refer to content below the image.
    package var referrers: [Replacement] = []
    package var warnings: [String] = []

    package init(_ content: ManifestContent) {
        self.content = content
    }

    /// All replacements if the draft replaces some content.
    func replacements(of content: ManifestContent) -> [Replacement] {
        children + referrers + [(content.digest, self.content)]
    }
}

/// The result of changing an image, or of a dry run.
package struct RewriteResult: Sendable {
    /// The reference with its new digest.
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

/// Changes the image that a reference names: the tag is moved to the changed content without losing concurrent changes.
/// A reference without a tag only adds new content.
package struct ImageRewrite: Sendable {
    let reference: Reference
    /// True to write nothing.
    package var isDryRun = false
    /// True to copy referrers of replaced content, changed to refer to the new content.
    package var copiesReferrers = false

    package init(of reference: Reference) {
        self.reference = reference
    }

    /// - Throws: ``ImageError``; the error of the edit.
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

/// The state of a change in progress.
private struct Work<Edit: ImageEdit> {
    var edit: Edit
    let reference: Reference
    let store: any ImageStore
    let rewrite: ImageRewrite
    let observer: any TransferObserver
    let cache = ImageCache()

    /// The original of the last change.
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

    /// Writes the content below the changed image, and its referrers.
    private func prepare(_ draft: ImageDraft, in base: ManifestContent) async throws {
        let copier = ImageCopier(to: store, observer: observer, cache: cache)
        for blob in draft.blobs { try await copier.copy(blob) }
        for child in draft.children { try await copier.write(child.new, as: .child) }
        for referrer in draft.referrers { try await copier.write(referrer.new, as: .digest) }
        guard rewrite.copiesReferrers else { return }
        try await ReferrerMove(of: draft.replacements(of: base), in: store).copy(through: copier)
    }

    /// Warns of referrers to content that the tag no longer includes.
    mutating func noteOrphans() async throws {
        guard let draft, let before else { return }
        let move = ReferrerMove(of: draft.replacements(of: before), in: store)
        warnings += [try await move.note(isCopied: rewrite.copiesReferrers)].compactMap { $0 }
    }
}
