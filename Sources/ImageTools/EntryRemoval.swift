internal import JSON
internal import OCI

/// Removes entries from an index and from nested indexes, along with their attestations.
package struct EntryRemoval: ImageEdit {
    private let selection: EntrySelection
    /// True if the entries were found in an earlier round; then it is not an error if they are gone.
    private var wasFound = false

    package init(_ selection: EntrySelection) {
        self.selection = selection
    }

    /// - Throws: ``ImageError``; of code `notFound` if there is no such entry, of code `failed` if no image would be
    ///   left.
    package mutating func draft(of view: ImageView) async throws -> ImageDraft {
        let attempt = "cannot remove from \(view.pinnedName)"
        guard view.content.isIndex else {
            throw ImageError(
                .failed, attempt, "it is a single image, not an index", advice: "imgtool delete removes its tag")
        }
        let entries = try await view.everyEntry()
        let chosen =
            wasFound ? selection.presentPositions(in: entries) : try selection.positions(in: entries, attempt)
        wasFound = true
        var drafts: [Digest: ImageDraft?] = [:]
        guard let draft = try await removal(of: Set(chosen.map { entries[$0] }), from: view, &drafts) else {
            throw ImageError(
                .failed, attempt, "no image would be left in it", advice: "imgtool delete removes the whole tag")
        }
        return draft
    }

    /// - Parameter drafts: The drafts of nested indexes, each of which is changed once.
    /// - Returns: `nil` if no image would be left.
    private func removal(
        of chosen: Set<Descriptor>, from view: ImageView, _ drafts: inout [Digest: ImageDraft?]
    ) async throws -> ImageDraft? {
        if let known = drafts[view.content.digest] { return known }
        var edit = try IndexEdit(view.content)
        let entries = try edit.entries
        var unwanted = Self.withAttestations(
            Set(entries.indices.filter { chosen.contains(entries[$0]) }), in: entries)
        var changed: [Digest: ImageDraft] = [:]
        for (position, entry) in entries.enumerated() where MediaType.isIndex(entry.mediaType) {
            if unwanted.contains(position) { continue }
            if let draft = try await removal(of: chosen, from: view.child(entry), &drafts) {
                if draft.content.digest != entry.digest { changed[entry.digest] = draft }
            } else {
                unwanted.insert(position)
            }
        }
        var draft: ImageDraft?
        if unwanted.isEmpty
            || entries.indices.contains(where: { !unwanted.contains($0) && entries[$0].isImageEntry })
        {
            edit.removeEntries { unwanted.contains($0) }
            draft = try await ImageDraft(try edit.finished()).replacing(changed, in: view)
        }
        drafts[view.content.digest] = .some(draft)
        return draft
    }

    /// The positions, plus those of attestations for images that are nowhere else in the index.
    private static func withAttestations(_ chosen: Set<Int>, in entries: [Descriptor]) -> Set<Int> {
        let staying = Set(entries.indices.filter { !chosen.contains($0) }.map { entries[$0].digest.description })
        let going = Set(chosen.map { entries[$0].digest.description }).subtracting(staying)
        return chosen.union(
            entries.indices.filter { position in entries[position].attestedDigest.map(going.contains) ?? false })
    }
}
