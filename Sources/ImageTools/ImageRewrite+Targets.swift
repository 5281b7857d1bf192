internal import Concurrency
package import OCI

extension ImageRewrite {
    /// Changes the image that the reference names, and writes the result elsewhere; the reference stays unchanged.
    ///
    /// - Parameter targets: The destinations; each store is opened once, and missing content is copied there.
    /// - Returns: A result for each target.
    /// - Throws: ``ImageError``; the error of the edit.
    package func run(
        _ edit: some ImageEdit, to targets: [Reference], in stores: any ImageStores, observer: any TransferObserver
    ) async throws -> [RewriteResult] {
        var edit = edit
        let cache = ImageCache()
        let view = try await ImageView.load(reference, from: stores, cache: cache)
        let draft = try await edit.draft(of: view)
        let move = ReferrerMove(of: draft.replacements(of: view.content), in: view.source)
        var results: [RewriteResult] = []
        for target in targets {
            let digest = draft.content.digest
            if let expected = target.digest, expected != digest {
                throw ImageError(.verification, "cannot write \(target)", "the digest of what it becomes is \(digest)")
            }
            let tag = target.tag ?? (target.digest == nil ? Reference.defaultTag : nil)
            if !isDryRun {
                let destination = try stores.destination(at: target.location)
                let copier = ImageCopier(to: destination, observer: observer, cache: cache)
                for blob in draft.blobs { try await copier.copy(blob) }
                try await copier.copy(
                    view.changed(by: draft).content, from: view.source, as: tag.map { .tag($0) } ?? .digest)
                for referrer in draft.referrers { try await copier.copy(referrer.new, from: view.source, as: .digest) }
                if copiesReferrers { try await move.copy(through: copier) }
            }
            results.append(
                RewriteResult(
                    reference: Reference(target.location, tag: tag, digest: digest), before: view.content,
                    after: draft.content, warnings: results.isEmpty ? draft.warnings : []))
        }
        if !copiesReferrers || isDryRun, let note = try await move.note(isCopied: copiesReferrers) {
            observer.warn(note)
        }
        return results
    }
}
