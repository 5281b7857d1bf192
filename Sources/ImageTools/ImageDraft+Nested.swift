internal import OCI

extension ImageDraft {
    /// The draft of an index after changes of indexes in it.
    ///
    /// - Parameters:
    ///   - changed: The drafts of the indexes in it, by the digest of the original.
    ///   - view: The original of this draft.
    func replacing(_ changed: [Digest: ImageDraft], in view: ImageView) async throws -> ImageDraft {
        if changed.isEmpty { return self }
        let below = changed.sorted { $0.key.description < $1.key.description }.map(\.value)
        let replacement = try ManifestReplacement(of: changed.mapValues(\.content), in: view.changed(by: self))
        var whole = try await replacement.draft()
        whole.children = below.flatMap(\.children) + children + whole.children
        whole.warnings = warnings + below.flatMap(\.warnings) + whole.warnings
        return whole
    }
}

/// A change of entries that are selected in an index or in indexes in it.
struct NestedEdit {
    /// The selected entries, wherever they are listed.
    let chosen: Set<Descriptor>
    /// Changes the entries of one index at some positions.
    let change: (ImageView, Set<Int>) async throws -> ImageDraft

    func draft(of view: ImageView) async throws -> ImageDraft {
        var drafts: [Digest: ImageDraft] = [:]
        return try await draft(of: view, &drafts)
    }

    /// - Parameter drafts: The drafts of nested indexes, each of which is changed once.
    private func draft(of view: ImageView, _ drafts: inout [Digest: ImageDraft]) async throws -> ImageDraft {
        if let known = drafts[view.content.digest] { return known }
        let entries = try view.content.index().manifests
        let positions = Set(entries.indices.filter { chosen.contains(entries[$0]) })
        let own = positions.isEmpty ? ImageDraft(view.content) : try await change(view, positions)
        var changed: [Digest: ImageDraft] = [:]
        for entry in entries where MediaType.isIndex(entry.mediaType) && changed[entry.digest] == nil {
            let draft = try await draft(of: view.child(entry), &drafts)
            if draft.content.digest != entry.digest { changed[entry.digest] = draft }
        }
        let draft = try await own.replacing(changed, in: view)
        drafts[view.content.digest] = draft
        return draft
    }
}
