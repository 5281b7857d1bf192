internal import Concurrency
internal import JSON
internal import OCI

/// Replaces manifests in an index, and updates the index and its attestations accordingly.
struct ManifestReplacement {
    private let view: ImageView
    private let entries: [Descriptor]
    /// The replacements, by the digest of the original.
    private let replaced: [Digest: ManifestContent]
    private let newDigests: [String: String]
    private let omitted: Set<Digest>

    /// - Parameters:
    ///   - manifests: By the digest of the original; unchanged ones are ignored.
    ///   - omitted: Entries to remove from the index.
    init(
        of manifests: [Digest: ManifestContent], in view: ImageView, omitting omitted: Set<Digest> = []
    ) throws(ImageError) {
        self.view = view
        self.omitted = omitted
        entries = try view.content.index().manifests
        replaced = manifests.filter { $0.key != $0.value.digest }
        newDigests = Dictionary(
            uniqueKeysWithValues: replaced.map { ($0.key.description, $0.value.digest.description) })
    }

    /// The changed index. Attestations of replaced manifests attest the new ones.
    func draft() async throws -> ImageDraft {
        let attestations = entries.filter { entry in
            !omitted.contains(entry.digest) && entry.attestedDigest.map { newDigests[$0] != nil } ?? false
        }
        let moved = try await moveSubjects(of: attestations)
        var draft = ImageDraft(try index(moved))
        draft.children = entries.compactMap { entry in
            (replaced[entry.digest] ?? moved[entry.digest]).map { (entry.digest, $0) }
        }
        if !attestations.isEmpty { draft.warnings.append(Self.staleStatements) }
        return draft
    }

    static let staleStatements =
        "the attestations go with the new manifests, but the statements in them are about the old digests"

    /// Rewrites attestations that also have their image as the subject.
    private func moveSubjects(of attestations: [Descriptor]) async throws -> [Digest: ManifestContent] {
        let (view, replaced) = (view, replaced)
        let contents = try await attestations.concurrentMap { try await view.child($0).content }
        var moved: [Digest: ManifestContent] = [:]
        for content in contents {
            guard let subject = content.subject, let new = replaced[subject.digest] else { continue }
            moved[content.digest] = try content.referring(to: new.descriptor)
        }
        return moved
    }

    private func index(_ moved: [Digest: ManifestContent]) throws -> ManifestContent {
        var edit = try IndexEdit(view.content)
        edit.changeEntries { position, entry in
            let old = entries[position]
            if let new = replaced[old.digest] ?? moved[old.digest] { entry.point(to: new.descriptor) }
            if let digest = old.attestedDigest.flatMap({ newDigests[$0] }) {
                entry.annotate(AnnotationKey.referenceDigest, digest)
            }
        }
        edit.removeEntries { omitted.contains(entries[$0].digest) }
        return try edit.finished()
    }
}
