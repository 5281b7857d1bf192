internal import Concurrency
internal import OCI

extension AnnotationEdit {
    /// Rewrites manifests of an index, and with them their entries and the references in their attestations.
    mutating func draft(of view: ImageView, rewriting selection: EntrySelection) async throws -> ImageDraft {
        let entries = try view.content.index().manifests
        let chosen =
            selection.isEmpty
            ? Set(entries.indices.filter { entries[$0].isImageEntry && MediaType.isManifest(entries[$0].mediaType) })
            : try positions(of: selection, in: entries, "cannot annotate \(view.pinnedName)")
        let contents = try await chosen.sorted().map { entries[$0] }.concurrentMap { try await view.child($0).content }
        var replaced: [Digest: ManifestContent] = [:]
        for content in contents { replaced[content.digest] = try rewritten(content) }
        known = (known ?? []).union(replaced.values.map(\.digest)).union(chosen.map { entries[$0].digest })
        return try await ManifestReplacement(of: replaced, in: view).draft()
    }
}
