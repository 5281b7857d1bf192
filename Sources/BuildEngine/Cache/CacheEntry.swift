/// An item in the build cache.
package struct CacheEntry: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A layer as a folder, for running steps.
        case layers
        /// A layer as a compressed blob.
        case blobs
        /// A cache mount (`RUN --mount=type=cache`).
        case mounts
        /// A manifest or configuration of a base image.
        case images
        /// The known hashes of files in a build context.
        case digests
        /// A manifest, configuration or layer that a node of a builder has made.
        case nodes

        fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package let kind: Kind
    /// The ID of a cache mount; for all others the name of the file or folder, the hexadecimal part of a digest.
    package let name: String
    /// The disk usage, in bytes.
    package let size: Int64
    /// Seconds since 1970.
    package let created: Int64
    /// The last use by a build, to the hour; in seconds since 1970.
    package let used: Int64
    /// True if no build can find it any more: a leftover of a killed process or a lost index.
    package let isOrphan: Bool
    /// An absolute path.
    let path: String

    /// Sorts by increasing usefulness. Of the two forms of a layer, the folder comes first, since it is larger.
    static func isLessNeeded(_ one: CacheEntry, _ other: CacheEntry) -> Bool {
        (one.used, one.kind.order, one.name) < (other.used, other.kind.order, other.name)
    }
}
