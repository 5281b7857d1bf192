internal import Concurrency
internal import JSON
package import OCI

/// The differences between two images or indexes, platform by platform.
package struct ImageDifference: Sendable {
    /// The compared images, with their digests.
    package let before: Reference
    package let after: Reference
    /// Changed fields of the indexes themselves, apart from their entries.
    package let fields: [FieldChange]
    /// Added, removed and changed images, with their names.
    package let images: [ImageChange]
    /// Differences that are not visible in any field.
    package let notes: [String]

    /// True if both are the same, byte for byte.
    package var isEmpty: Bool { before.digest == after.digest }

    /// Reads and compares two images. Manifests and configurations are read only where digests differ.
    ///
    /// - Throws: ``ImageError``.
    package static func load(
        from before: Reference, to after: Reference, in stores: any ImageStores
    ) async throws -> ImageDifference {
        async let first = ImageView.load(before, from: stores)
        let second = try await ImageView.load(after, from: stores)
        return try await ImageDifference(from: first, to: second)
    }

    private init(from old: ImageView, to new: ImageView) async throws {
        before = old.reference.pinned(to: old.content.digest)
        after = new.reference.pinned(to: new.content.digest)
        guard before.digest != after.digest else {
            (fields, images, notes) = ([], [], [])
            return
        }
        let (oldEntries, newEntries) = (try await old.entriesWithPlatforms(), try await new.entriesWithPlatforms())
        let changes = EntryChange.all(from: oldEntries.filter(\.isImageEntry), to: newEntries.filter(\.isImageEntry))
        let (oldAttestations, newAttestations) = (oldEntries.attestations, newEntries.attestations)
        let pairs = changes.map { change in
            (
                change, change.before.flatMap { oldAttestations[$0.digest.description] } ?? [],
                change.after.flatMap { newAttestations[$0.digest.description] } ?? []
            )
        }
        let all = try await pairs.concurrentMap { change, oldAttestations, newAttestations in
            try await ImageChange(change, old, new, EntryChange.all(from: oldAttestations, to: newAttestations))
        }
        let stray = EntryChange.all(from: oldEntries.strayAttestations, to: newEntries.strayAttestations)
        images = all.filter { !$0.isEmpty } + stray.map { ImageChange($0) }.filter { !$0.isEmpty }
        let areIndexes = old.content.isIndex && new.content.isIndex
        fields =
            areIndexes
            ? FieldChange.all(from: old.content.document.value, to: new.content.document.value, omitting: ["manifests"])
            : []
        notes = Self.notes(old.content, new.content, isExplained: !fields.isEmpty || !images.isEmpty)
    }

    private static func notes(_ old: ManifestContent, _ new: ManifestContent, isExplained: Bool) -> [String] {
        guard old.isIndex == new.isIndex else { return ["one is an index, the other a single image"] }
        if isExplained { return [] }
        if [old, new].contains(where: \.listsIndexes) { return ["only how they list the same images differs"] }
        let isSameValue = old.document.value == new.document.value
        return [isSameValue ? "only the layout of the text differs" : "only the order differs"]
    }
}

extension ImageView {
    /// The entries of this index and of nested indexes, or an entry for this image, with platforms where available.
    fileprivate func entriesWithPlatforms() async throws -> [Descriptor] {
        guard content.isIndex else {
            var entry = content.descriptor
            entry.platform = try await configuredPlatform()
            return [entry]
        }
        return try await leaves().concurrentMap { entry in
            guard entry.platform == nil, MediaType.isImageManifest(entry.mediaType), !entry.isAttestation else {
                return entry
            }
            var entry = entry
            entry.platform = try await child(entry).configuredPlatform()
            return entry
        }
    }
}

extension ManifestContent {
    /// True if it has nested indexes.
    fileprivate var listsIndexes: Bool {
        (try? index())?.manifests.contains { MediaType.isIndex($0.mediaType) } ?? false
    }
}

extension [Descriptor] {
    /// The attestations by the digest of their image.
    fileprivate var attestations: [String: [Descriptor]] {
        Dictionary(grouping: filter(\.isAttestation)) { $0.attestedDigest ?? "" }
    }

    /// Attestations without their image, and entries without a platform.
    fileprivate var strayAttestations: [Descriptor] {
        let digests = Set(filter(\.isImageEntry).map(\.digest.description))
        return filter { entry in !entry.isImageEntry && !digests.contains(entry.attestedDigest ?? "") }
    }
}
