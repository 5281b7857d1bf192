/// Limits on archives, so that a malicious one cannot exhaust resources.
package struct TarLimits: Hashable, Sendable {
    /// The number of entries.
    package var entries: Int
    /// The length of an entry's path or link target, in bytes.
    package var pathLength: Int
    /// The size of the uncompressed archive, in bytes, and that of all files, holes included.
    package var totalSize: Int64
    /// The size of one entry's extended attributes, names included, in bytes.
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
