internal import Concurrency
internal import OCI

/// New content that comes with an index: converted images, attestations converted to referrers, and copies of
/// referrers.
extension IndexCreation {
    /// The replacements for the content of one source.
    struct Rewrite: Sendable {
        let source: any ImageSource
        var manifests: [Replacement] = []
        var referrers: [Replacement] = []

        var move: ReferrerMove { ReferrerMove(of: manifests + referrers, in: source) }
    }

    /// A source after conversion.
    func converted(_ part: Part) async throws -> Part {
        var part = part
        let old = part.view.content
        if let size = part.entry?.size, size != 0, size != old.descriptor.size {
            throw ImageError(
                .verification, "cannot use the descriptor of \(old.digest)",
                "it has the size \(size), not \(old.descriptor.size)")
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

    /// Copies everything that the planned content refers to, and its referrers.
    func copyContents(
        of plan: Plan, through copier: ImageCopier, to destination: any ImageDestination,
        _ observer: any TransferObserver
    ) async throws {
        let made = Set(plan.rewrites.flatMap(\.manifests).map(\.new.digest))
        let needed = plan.origins.filter { $0.source.name != destination.name || made.contains($0.entry.digest) }
        if plan.content.isIndex {
            try await copier.copy(entries: needed.map { ($0.entry, $0.source) })
        } else if let origin = needed.first {
            try await copier.copyContents(of: plan.content, from: origin.source)
        }
        try await copyReferrers(of: needed.filter { !made.contains($0.entry.digest) }, in: plan, copier, observer)
        for rewrite in plan.rewrites {
            for referrer in rewrite.referrers {
                try await copier.copy(referrer.new, from: rewrite.source, as: .digest)
            }
            if copiesReferrers { try await rewrite.move.copy(through: copier) }
        }
    }

    /// Copies what refers to entries that come from elsewhere, and to the content itself where it comes from there as it
    /// is.
    private func copyReferrers(
        of origins: [(entry: Descriptor, source: any ImageSource)], in plan: Plan, _ copier: ImageCopier,
        _ observer: any TransferObserver
    ) async throws {
        let rule = conversion.attestations == .drop ? referrers.withoutAttestations() : referrers
        var subjects: [String: (source: any ImageSource, digests: [Digest])] = [:]
        for (entry, source) in origins where MediaType.isManifest(entry.mediaType) {
            subjects[source.name, default: (source, [])].digests.append(entry.digest)
        }
        for store in subjects.keys where store == plan.unchangedSource {
            subjects[store]?.digests.append(plan.content.digest)
        }
        let lines = try await subjects.values.sorted { $0.source.name < $1.source.name }.concurrentMap { subjects in
            try await ReferrerCopy(rule, from: subjects.source, cache: plan.cache)
                .run(for: subjects.digests, through: copier)
        }
        for line in lines.joined() { observer.warn(line) }
    }

    /// Warnings about referrers to replaced content.
    func orphans(of plan: Plan, isDryRun: Bool = false) async throws -> [String] {
        guard isDryRun || !copiesReferrers else { return [] }
        return try await plan.rewrites.concurrentMap { try await $0.move.note(isCopied: copiesReferrers) }
            .compactMap { $0 }
    }
}

extension IndexCreation.Plan {
    /// Records that the planned content replaces the current content of a tag.
    mutating func replaces(_ held: ManifestContent, in source: any ImageSource) {
        guard held.isIndex, held.digest != content.digest else { return }
        rewrites.append(IndexCreation.Rewrite(source: source, manifests: [(held.digest, content)]))
    }
}

extension IndexCreation.Part {
    /// The replacements if this source is the only one; `nil` if there are none.
    var rewrite: IndexCreation.Rewrite? {
        guard let original, let draft else { return nil }
        return IndexCreation.Rewrite(
            source: view.source, manifests: draft.children + [(original.digest, draft.content)],
            referrers: draft.referrers)
    }

    /// The replacements of this source that the index lists.
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
        // The current index of a tag is replaced as well; other sources stay as they are.
        if isBase, held.isIndex, held.digest != index.digest { rewrite.manifests.append((held.digest, index)) }
        return rewrite.manifests.isEmpty && rewrite.referrers.isEmpty ? [] : [rewrite]
    }
}
