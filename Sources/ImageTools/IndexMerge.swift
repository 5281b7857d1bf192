package import OCI

/// Merges whole indexes into one and tags it: the command `merge`.
package struct IndexMerge: Sendable {
    private let sources: [Reference]
    private let target: Reference
    /// The treatment of different images for one platform.
    package var onConflict = ConflictRule.error
    package var order = EntryOrder.source
    /// The conversion to apply to the sources.
    package var conversion = ImageConversion()
    /// True to copy referrers of replaced content, changed to refer to the new content.
    package var copiesReferrers = false
    /// The referrers of images to copy from other repositories.
    package var referrers = ReferrerRule.attestations
    /// True to write nothing.
    package var isDryRun = false

    /// - Parameters:
    ///   - sources: The sources, in the order of their entries.
    ///   - target: The tag of the result. It may be one of the sources, and is then updated without losing concurrent
    ///     changes.
    package init(of sources: [Reference], into target: Reference) {
        self.sources = sources
        self.target = target
    }

    /// - Throws: ``ImageError``.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> RewriteResult {
        let tag = target.tag ?? (target.digest == nil ? Reference.defaultTag : nil)
        let isSource = sources.contains {
            $0.location == target.location && $0.manifestReference == tag.map { .tag($0) }
        }
        if let tag, isSource, !isDryRun {
            return try await update(tag, in: stores.store(at: target.location), stores, observer)
        }
        let before: ManifestContent? =
            if let tag { try await current(tag, in: stores.source(at: target.location)) } else { nil }
        let creation = creation(from: sources)
        let (after, warnings): (ManifestContent, [String])
        if isDryRun {
            let plan = try await creation.dryRun(in: stores)
            try creation.check(plan.content, for: target)
            (after, warnings) = (plan.content, plan.warnings)
        } else {
            let outcome = try await creation.run(in: stores, observer: observer)
            (after, warnings) = (outcome.content, outcome.warnings)
        }
        return RewriteResult(
            reference: target.pinned(to: after.digest), before: before, after: after, warnings: warnings)
    }

    /// Merges into a tag that is one of the sources.
    private func update(
        _ tag: String, in store: any ImageStore, _ stores: any ImageStores, _ observer: any TransferObserver
    ) async throws -> RewriteResult {
        var made: (before: ManifestContent, plan: IndexCreation.Plan)?
        let creation = creation(from: sources)
        let written = try await TagUpdate(of: tag, in: store).run { base in
            guard let base else {
                throw ImageError(.notFound, "cannot merge \(target)", "there is no such tag")
            }
            let pinned = sources.map { source in
                let isTarget = source.location == target.location && source.manifestReference == .tag(tag)
                return isTarget ? Reference(target.location, digest: base.digest) : source
            }
            var plan = try await self.creation(from: pinned).plan(in: stores)
            if plan.content.bytes == base.bytes { return base }
            try creation.check(plan.content, for: target)
            plan.replaces(base, in: store)
            // Only the children; the tag is moved once it is certain that it still has the content that was merged.
            let copier = ImageCopier(to: store, observer: observer, cache: plan.cache)
            try await creation.copyContents(of: plan, through: copier, to: store, observer)
            made = (base, plan)
            return plan.content
        }
        guard let made else {
            return RewriteResult(reference: target.pinned(to: written.digest), before: written, after: written)
        }
        let warnings = made.plan.warnings + (try await creation.orphans(of: made.plan))
        return RewriteResult(
            reference: target.pinned(to: written.digest), before: made.before, after: made.plan.content,
            warnings: warnings)
    }

    private func creation(from sources: [Reference]) -> IndexCreation {
        var creation = IndexCreation()
        creation.sources = sources.map { .reference($0) }
        creation.tags = [target]
        creation.onConflict = onConflict
        creation.order = order
        creation.conversion = conversion
        creation.copiesReferrers = copiesReferrers
        creation.referrers = referrers
        return creation
    }

    private func current(_ tag: String, in store: any ImageSource) async throws -> ManifestContent? {
        do {
            return try await store.manifest(.tag(tag))
        } catch let error as ImageError where error.code == .notFound || error.code == .denied {
            // Some registries deny access to repositories that do not exist yet, instead of reporting them as missing.
            return nil
        }
    }
}
