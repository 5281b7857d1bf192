internal import Glibc

/// The space on a file system, in bytes.
package struct FreeSpace: Sendable {
    /// The space that users without privileges can fill.
    package let available: Int64
    package let total: Int64

    /// - Parameter folder: A folder on the file system.
    /// - Returns: `nil` if the file system does not say.
    package init?(at folder: String) {
        var status = statvfs()
        guard statvfs(folder, &status) == 0, status.f_blocks > 0 else { return nil }
        func bytes(_ blocks: UInt) -> Int64 {
            let (size, isTooLarge) = blocks.multipliedReportingOverflow(by: UInt(status.f_frsize))
            return isTooLarge ? .max : Int64(clamping: size)
        }
        (available, total) = (bytes(status.f_bavail), bytes(status.f_blocks))
    }
}
