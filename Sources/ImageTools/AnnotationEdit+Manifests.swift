internal import Concurrency
internal import JSON
internal import OCI

extension AnnotationEdit {
    /// Rewrites manifests of an index, and with them their entries and what the index says about their attestations.
    mutating func draft(of view: ImageView, rewriting selection: EntrySelection) async throws -> ImageDraft {
        let entries = try view.content.index().manifests
        let chosen =
            selection.isEmpty
            ? Set(entries.indices.filter { entries[$0].isOwn && MediaType.isManifest(entries[$0].mediaType) })
            : try positions(of: selection, in: entries, "cannot annotate \(view.pinnedName)")
        var replaced = try await rewrite(chosen.sorted().map { entries[$0] }, of: view)
        known = (known ?? []).union(replaced.values.map(\.digest)).union(chosen.map { entries[$0].digest })
        replaced = replaced.filter { $0.key != $0.value.digest }
        let attestations = entries.filter { entry in
            replaced.keys.contains { $0.description == entry.attestedDigest }
        }
        let moved = try await moveSubjects(of: attestations, to: replaced, of: view)
        var draft = ImageDraft(try index(view.content, replaced, moved))
        draft.children = entries.compactMap { entry in
            (replaced[entry.digest] ?? moved[entry.digest]).map { (entry.digest, $0) }
        }
        if !attestations.isEmpty {
            draft.warnings.append(
                "the attestations go with the new manifests, but the statements in them are about the old digests")
        }
        return draft
    }

    private func rewrite(
        _ entries: [Descriptor], of view: ImageView
    ) async throws -> [Digest: ManifestContent] {
        let contents = try await entries.concurrentMap { try await view.child($0).content }
        var replaced: [Digest: ManifestContent] = [:]
        for content in contents { replaced[content.digest] = try rewritten(content) }
        return replaced
    }

    /// Rewrites the attestations that refer to their image by a subject, too.
    private func moveSubjects(
        of attestations: [Descriptor], to replaced: [Digest: ManifestContent], of view: ImageView
    ) async throws -> [Digest: ManifestContent] {
        let contents = try await attestations.concurrentMap { try await view.child($0).content }
        var moved: [Digest: ManifestContent] = [:]
        for content in contents {
            guard let subject = content.subject, let new = replaced[subject.digest] else { continue }
            moved[content.digest] = try content.rewritten { object in object.change("subject") { $0.point(to: new) } }
        }
        return moved
    }

    private func index(
        _ content: ManifestContent, _ replaced: [Digest: ManifestContent], _ moved: [Digest: ManifestContent]
    ) throws -> ManifestContent {
        var edit = try IndexEdit(content)
        let entries = try edit.entries
        let newDigests = Dictionary(
            uniqueKeysWithValues: replaced.map { ($0.key.description, $0.value.digest.description) })
        edit.changeEntries { position, entry in
            let old = entries[position]
            if let new = replaced[old.digest] ?? moved[old.digest] { entry.point(to: new) }
            if let digest = old.attestedDigest.flatMap({ newDigests[$0] }) {
                entry.annotate(AnnotationKey.referenceDigest, digest)
            }
        }
        return try edit.finished()
    }
}
