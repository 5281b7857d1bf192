package import OCI

/// A selection of entries of an index.
package struct EntrySelection: Sendable, Hashable {
    package var platforms: [Platform]
    package var digests: [Digest]

    package init(platforms: [Platform] = [], digests: [Digest] = []) {
        self.platforms = platforms
        self.digests = digests
    }

    package var isEmpty: Bool { platforms.isEmpty && digests.isEmpty }

    /// The positions of the selected entries.
    ///
    /// A platform selects images for exactly that platform, or else those that match it: `windows/amd64` selects all
    /// versions of Windows unless there is an image without a version.
    ///
    /// - Parameter attempt: The operation, for messages.
    /// - Throws: ``ImageError`` of code `notFound` for a platform or digest without an entry.
    package func positions(in entries: [Descriptor], _ attempt: String) throws(ImageError) -> Set<Int> {
        var found: Set<Int> = []
        for platform in platforms {
            let positions = Self.positions(of: platform, in: entries)
            guard !positions.isEmpty else {
                throw ImageError(.notFound, attempt, "it has no \(platform.fullDescription), \(Self.listing(entries))")
            }
            found.formUnion(positions)
        }
        for digest in digests {
            let positions = entries.indices.filter { entries[$0].digest == digest }
            guard !positions.isEmpty else { throw ImageError(.notFound, attempt, "it has no entry \(digest)") }
            found.formUnion(positions)
        }
        return found
    }

    /// The positions of the selected entries that exist.
    package func presentPositions(in entries: [Descriptor]) -> Set<Int> {
        let byPlatform = platforms.flatMap { Self.positions(of: $0, in: entries) }
        let wanted = Set(digests)
        return Set(byPlatform).union(entries.indices.filter { wanted.contains(entries[$0].digest) })
    }

    private static func positions(of wanted: Platform, in entries: [Descriptor]) -> [Int] {
        let images = entries.indices.filter { entries[$0].isImage(for: wanted) }
        let exact = images.filter { entries[$0].platform.map(wanted.isSame) ?? false }
        return exact.isEmpty ? images : exact
    }

    private static func listing(_ entries: [Descriptor]) -> String {
        let known = entries.compactMap(\.imagePlatform)
        return known.isEmpty ? "and no other platform" : "but \(known.listing)"
    }
}
