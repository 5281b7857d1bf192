/// Something that the build cache keeps on the disk.
package struct CacheEntry: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A layer as a folder that steps run on.
        case layers
        /// A layer as the compressed file that images have.
        case blobs
        /// What is behind `RUN --mount=type=cache`.
        case mounts
        /// A manifest or configuration of a base image.
        case images
        /// What is known of the content of a build context's files.
        case digests

        fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package let kind: Kind
    /// The id of a cache mount; of everything else the name of its file or folder, which is the hexadecimal part of a
    /// digest.
    package let name: String
    /// Bytes of the disk.
    package let size: Int64
    /// Seconds since 1970.
    package let created: Int64
    /// When a build last had to do with it, to the hour; seconds since 1970.
    package let used: Int64
    /// Whether no build can find it any more: what killed processes and lost indexes leave behind.
    package let isOrphan: Bool
    /// Absolute.
    let path: String

    /// What is missed least comes first. Of the two forms of a layer that is the folder, the larger one.
    static func isLessNeeded(_ one: CacheEntry, _ other: CacheEntry) -> Bool {
        (one.used, one.kind.order, one.name) < (other.used, other.kind.order, other.name)
    }
}
