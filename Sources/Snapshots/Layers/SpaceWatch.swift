internal import FileSystem
package import OCI

/// Keeps the content of an archive from filling a file system: a few kilobytes of a compressed archive may be hundreds of
/// gigabytes of files.
package struct SpaceWatch {
    private let folder: String
    private let attempt: String
    private let reserve: Int64
    private let interval: Int64
    private var written: Int64 = 0

    /// The space that is left to others, in bytes, except on file systems of less than twenty times as much.
    private static let usualReserve: Int64 = 1 << 30

    /// - Parameters:
    ///   - folder: A folder on the file system.
    ///   - attempt: The operation, such as "cannot unpack a layer".
    ///   - reserve: The space to leave, in bytes; by default 1 GiB, or a twentieth of a smaller file system.
    ///   - interval: The number of bytes between measurements.
    package init(_ folder: String, attempt: String, reserve: Int64? = nil, interval: Int64 = 32 << 20) {
        self.folder = folder
        self.attempt = attempt
        self.interval = interval
        self.reserve = reserve ?? min(Self.usualReserve, (FreeSpace(at: folder)?.total ?? 0) / 20)
    }

    /// Counts bytes that were written.
    ///
    /// - Throws: ``ImageError`` if less than the reserve is left.
    package mutating func wrote(_ count: Int) throws(ImageError) {
        written += Int64(count)
        guard written >= interval else { return }
        written = 0
        guard let space = FreeSpace(at: folder), space.available < reserve else { return }
        throw ImageError(
            .failed, attempt,
            "no space is left on the device of \(folder) but a reserve of \(reserve >> 20) MiB, and there is more to unpack",
            advice:
                "free some space there, for instance with imgtool build prune, unless the archive is meant to fill it")
    }
}
