internal import Concurrency
internal import OCI

/// What is new in an index that is made: converted images, attestations that have become referrers, and copies of what
/// refers to all that.
extension IndexCreation {
    /// What takes the place of what one source has.
    struct Rewrite: Sendable {
        let source: any ImageSource
        var manifests: [Replacement] = []
        var referrers: [Replacement] = []

        var move: ReferrerMove { ReferrerMove(of: manifests + referrers, in: source) }
    }

    /// A source in the form that it is to have.
    func converted(_ part: Part) async throws -> Part {
        var part = part
        let old = part.view.content
        if let size = part.entry?.size, size != 0, size != old.descriptor.size {
            throw ImageError(
                .verification, "cannot use the descriptor of \(old.digest)",
                "it says \(size) bytes, but there are \(old.descriptor.size)")
        }
        let draft = try await conversion.draft(of: part.view)
        if draft.content.digest == old.digest { return part }
        part.view = part.view.changed(by: draft)
        (part.original, part.draft) = (old, draft)
        let new = draft.content.descriptor
        if let given = part.entry {
            part.entry?.digest = new.digest
            part.entry?.size = given.size == 0 ? 0 : new.size
            part.entry?.mediaType = given.mediaType.isEmpty ? "" : new.mediaType
        }
        return part
    }

    /// Copies everything that the planned content refers to, and what refers to it.
    @discardableResult
    func copyContents(
        of plan: Plan, to destination: any ImageDestination, _ observer: any TransferObserver
    ) async throws -> ImageCopier {
        let copier = ImageCopier(to: destination, observer: observer, cache: plan.cache)
        let made = Set(plan.rewrites.flatMap(\.manifests).map(\.new.digest))
        let needed = plan.origins.filter { $0.source.name != destination.name || made.contains($0.entry.digest) }
        if plan.content.isIndex {
            try await copier.copy(entries: needed.map { ($0.entry, $0.source) })
        } else if let origin = needed.first {
            try await copier.copyContents(of: plan.content, from: origin.source)
        }
        for rewrite in plan.rewrites {
            for referrer in rewrite.referrers {
                try await copier.copy(referrer.new, from: rewrite.source, as: .digest)
            }
            if copiesReferrers { try await rewrite.move.copy(through: copier) }
        }
        return copier
    }

    /// What is to be said about what refers to replaced content.
    func orphans(of plan: Plan, isDryRun: Bool = false) async throws -> [String] {
        guard isDryRun || !copiesReferrers else { return [] }
        return try await plan.rewrites.concurrentMap { try await $0.move.note(isCopied: copiesReferrers) }
            .compactMap { $0 }
    }
}

extension IndexCreation.Plan {
    /// Notes that the planned content takes the place of what a tag holds.
    mutating func replaces(_ held: ManifestContent, in source: any ImageSource) {
        guard held.isIndex, held.digest != content.digest else { return }
        rewrites.append(IndexCreation.Rewrite(source: source, manifests: [(held.digest, content)]))
    }
}

extension IndexCreation.Part {
    /// What is new when this source is all that there is; `nil` when nothing is.
    var rewrite: IndexCreation.Rewrite? {
        guard let original, let draft else { return nil }
        return IndexCreation.Rewrite(
            source: view.source, manifests: draft.children + [(original.digest, draft.content)],
            referrers: draft.referrers)
    }

    /// What is new of this source when it has become part of an index, as far as that lists it.
    func rewrites(in index: ManifestContent, listing entries: [Descriptor]) -> [IndexCreation.Rewrite] {
        var rewrite = IndexCreation.Rewrite(source: view.source)
        if let original, let draft {
            let listed = Set(entries.map(\.digest))
            let own = (try? view.entries().map(\.digest)) ?? []
            let gone = Set(own).subtracting(listed)
            rewrite.manifests = draft.children.filter { !gone.contains($0.new.digest) }
            rewrite.referrers = draft.referrers.filter { referrer in
                referrer.new.subject.map { !gone.contains($0.digest) } ?? true
            }
            if !original.isIndex, !gone.contains(draft.content.digest) {
                rewrite.manifests.append((original.digest, draft.content))
            }
        }
        let held = original ?? view.content
        // What becomes of the index that a tag holds takes its place; other sources stay what they are.
        if isBase, held.isIndex, held.digest != index.digest { rewrite.manifests.append((held.digest, index)) }
        return rewrite.manifests.isEmpty && rewrite.referrers.isEmpty ? [] : [rewrite]
    }
}
