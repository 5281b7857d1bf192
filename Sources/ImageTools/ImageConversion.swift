internal import Concurrency
internal import OCI

/// Converts images and indexes: their media types, and the way that attestations are attached.
package struct ImageConversion: ImageEdit, Hashable {
    package var attestations = AttestationRule.keep
    package var mediaTypes = MediaTypeRule.keep

    package init() {}

    private var changesNothing: Bool { attestations == .keep && mediaTypes == .keep }

    /// - Throws: ``ImageError`` for what the media types cannot express, and for an attestation without its image.
    package func draft(of view: ImageView) async throws -> ImageDraft {
        if changesNothing { return ImageDraft(view.content) }
        guard view.content.isIndex else { return ImageDraft(try mediaTypes.converted(view.content)) }
        let entries = try view.content.index().manifests
        let attesting = entries.filter(\.isAttestation)
        if mediaTypes == .docker, attestations == .keep, let entry = attesting.first {
            throw mediaTypes.refusal(
                of: view.content, "its attestation \(entry.digest)",
                advice: "--attestations=drop leaves attestations out, --attestations=referrers moves them")
        }
        let omitted = attestations == .keep ? [] : Set(attesting.map(\.digest))
        try mediaTypes.check(view.content, omitting: omitted)
        let below = try await drafts(of: entries.filter { !$0.isAttestation }, in: view)
        let replaced = Dictionary(below.map { ($0.entry.digest, $0.draft.content) }) { first, _ in first }
        let replacement = try ManifestReplacement(of: replaced, in: view, omitting: omitted)
        let own = try await replacement.draft()
        var draft = ImageDraft(try mediaTypes.converted(own.content))
        draft.children = below.flatMap(\.draft.children) + own.children
        draft.referrers = below.flatMap(\.draft.referrers)
        draft.warnings = below.flatMap(\.draft.warnings) + own.warnings
        if attestations == .referrers { try await move(attesting, in: view, replaced, &draft) }
        return draft
    }

    /// The drafts of the images and indexes that an index lists.
    private func drafts(
        of entries: [Descriptor], in view: ImageView
    ) async throws -> [(entry: Descriptor, draft: ImageDraft)] {
        if mediaTypes == .docker, let other = entries.first(where: { !MediaType.isImageManifest($0.mediaType) }) {
            throw mediaTypes.refusal(of: view.content, "its entry \(other.digest) of type \(other.mediaType)")
        }
        let needed = entries.filter { entry in
            MediaType.isIndex(entry.mediaType) || MediaType.isImageManifest(entry.mediaType) && mediaTypes != .keep
        }
        return try await needed.concurrentMap { (entry: $0, draft: try await draft(of: view.child($0))) }
    }

    /// Converts attestations to referrers.
    private func move(
        _ attesting: [Descriptor], in view: ImageView, _ replaced: [Digest: ManifestContent], _ draft: inout ImageDraft
    ) async throws {
        let entries = try view.content.index().manifests
        let images = Dictionary(entries.map { ($0.digest.description, $0) }) { first, _ in first }
        let contents = try await attesting.concurrentMap { try await view.child($0).content }
        for (entry, content) in zip(attesting, contents) {
            guard let image = images[entry.attestedDigest ?? ""] else {
                throw ImageError(
                    .failed, "cannot make a referrer of the attestation \(entry.digest)",
                    "its image is not in \(view.pinnedName)", advice: "--attestations=drop leaves it out")
            }
            let subject = replaced[image.digest]?.descriptor ?? image.content
            draft.referrers.append((entry.digest, try AttestationRule.referrer(content, of: subject)))
        }
        let isStale = attesting.contains { entry in
            replaced.contains { $0.key.description == entry.attestedDigest && $0.key != $0.value.digest }
        }
        if isStale { draft.warnings.append(ManifestReplacement.staleStatements) }
    }
}
