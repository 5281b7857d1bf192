/// How much of an archive is accepted, so that a hostile one exhausts nothing.
package struct TarLimits: Hashable, Sendable {
    /// How many entries.
    package var entries: Int
    /// Bytes in the path or the link target of an entry.
    package var pathLength: Int
    /// Bytes of the uncompressed archive, and bytes of all files with their holes.
    package var totalSize: Int64
    /// Bytes of the extended attributes of one entry, names included.
    package var attributesSize: Int

    package init(
        entries: Int = 10_000_000, pathLength: Int = 4096, totalSize: Int64 = 1 << 40, attributesSize: Int = 1 << 20
    ) {
        self.entries = entries
        self.pathLength = pathLength
        self.totalSize = totalSize
        self.attributesSize = attributesSize
    }
}
