internal import JSON
internal import OCI

/// Removes entries from an index, along with their attestations.
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
        var edit = try IndexEdit(view.content)
        let entries = try edit.entries
        let chosen =
            wasFound ? selection.presentPositions(in: entries) : try selection.positions(in: entries, attempt)
        wasFound = true
        let unwanted = Self.withAttestations(chosen, in: entries)
        guard
            unwanted.isEmpty || entries.indices.contains(where: { !unwanted.contains($0) && entries[$0].isImageEntry })
        else {
            throw ImageError(
                .failed, attempt, "no image would be left in it", advice: "imgtool delete removes the whole tag")
        }
        edit.removeEntries { unwanted.contains($0) }
        return ImageDraft(try edit.finished())
    }

    /// The positions, plus those of attestations for images that are nowhere else in the index.
    private static func withAttestations(_ chosen: Set<Int>, in entries: [Descriptor]) -> Set<Int> {
        let staying = Set(entries.indices.filter { !chosen.contains($0) }.map { entries[$0].digest.description })
        let going = Set(chosen.map { entries[$0].digest.description }).subtracting(staying)
        return chosen.union(
            entries.indices.filter { position in entries[position].attestedDigest.map(going.contains) ?? false })
    }
}
