internal import Concurrency
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

/// What a change makes of an image.
package struct ImageDraft: Sendable {
    package let content: ManifestContent
    /// Manifests below it that are new, children first, each with what it takes the place of.
    package var children: [(old: Digest, new: ManifestContent)] = []
    package var warnings: [String] = []

    package init(_ content: ManifestContent) {
        self.content = content
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
    private let reference: Reference
    /// Whether nothing is written.
    package var isRehearsal = false
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
        if let tag, !isRehearsal {
            written = try await TagUpdate(of: tag, in: store).run { base in try await work.change(base, of: tag) }
        } else {
            let base = try await store.manifest(tag.map { .tag($0) } ?? reference.manifestReference)
            written = try await work.change(base, of: tag)
            if !isRehearsal, written.digest != base.digest { try await store.put(written, as: .digest) }
        }
        if !copiesReferrers || isRehearsal { try await work.noteOrphans() }
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
    let memory = ImageMemory()

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
            of: ImageView(reference: reference, source: store, content: base, memory: memory))
        guard draft.content.bytes != base.bytes else {
            if before == nil { before = base }
            return base
        }
        (before, self.draft, warnings) = (base, draft, draft.warnings)
        if !rewrite.isRehearsal { try await prepare(draft, in: base) }
        return draft.content
    }

    /// Writes what the changed content refers to, and what refers to it.
    private func prepare(_ draft: ImageDraft, in base: ManifestContent) async throws {
        let copier = ImageCopier(to: store, observer: observer, memory: memory)
        for child in draft.children { try await copier.write(child.new, as: .child) }
        guard rewrite.copiesReferrers else { return }
        let referrers = ReferrerMove(in: store, copier)
        for (old, new) in replacements(draft, in: base) {
            try await referrers.copy(from: old, to: new, except: Set(draft.children.map(\.old)))
        }
    }

    private func replacements(
        _ draft: ImageDraft, in base: ManifestContent
    ) -> [(old: Digest, new: ManifestContent)] {
        draft.children + [(base.digest, draft.content)]
    }

    /// Warns of what refers to content that is not the tag's any more.
    mutating func noteOrphans() async throws {
        guard let draft, let before else { return }
        let olds = replacements(draft, in: before).map(\.old)
        let moved = Set(draft.children.map(\.old))
        let (store, copies) = (store, rewrite.copiesReferrers)
        let notes = try await olds.concurrentMap { old -> [String] in
            do {
                let count = try await store.referrers(of: old, artifactType: nil).count { !moved.contains($0.digest) }
                return count == 0 ? [] : [Self.note(count, of: old, copies: copies)]
            } catch let error as ImageError {
                // The change itself is made, so a registry that hides its referrers does not make it a failure.
                return ["it is not known what refers to \(old): \(error.reason)"]
            }
        }
        warnings += notes.flatMap { $0 }
    }

    private static func note(_ count: Int, of old: Digest, copies: Bool) -> String {
        let what = count == 1 ? "1 referrer" : "\(count) referrers"
        return copies
            ? "\(what) of \(old) would be copied"
            : "\(what) of \(old) will not be found with the new digest; --copy-referrers copies them"
    }
}
