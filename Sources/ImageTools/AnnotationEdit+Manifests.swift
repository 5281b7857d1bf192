internal import Concurrency
internal import OCI

extension AnnotationEdit {
    /// Rewrites manifests of an index and of indexes in it, and with them their entries and the references in their
    /// attestations.
    mutating func draft(of view: ImageView, rewriting selection: EntrySelection) async throws -> ImageDraft {
        let chosen = try await self.chosen(by: selection, in: view)
        let contents = try await chosen.sorted { $0.digest.description < $1.digest.description }.concurrentMap {
            entry in
            try await view.child(entry).content
        }
        var replaced: [Digest: ManifestContent] = [:]
        for content in contents { replaced[content.digest] = try rewritten(content) }
        known = (known ?? []).union(replaced.values.map(\.digest)).union(chosen.map(\.digest))
        let new = replaced
        return try await NestedEdit(chosen: chosen) { view, positions in
            let entries = try view.content.index().manifests
            let listed = Set(positions.map { entries[$0].digest })
            return try await ManifestReplacement(of: new.filter { listed.contains($0.key) }, in: view).draft()
        }.draft(of: view)
    }
}
