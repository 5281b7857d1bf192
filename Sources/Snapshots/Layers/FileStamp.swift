package import FileSystem
package import Glibc

/// Metadata that changes whenever a file changes, compared instead of its content.
package struct FileStamp: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64
    /// In bytes.
    package let size: Int64
    /// Nanoseconds since 1970.
    package let modified: Int64
    /// The last change of content or attributes, in nanoseconds since 1970. Programs cannot set it.
    package let changed: Int64

    package init(_ status: FileStatus) {
        device = status.identity.device
        inode = status.identity.inode
        size = status.size
        modified = Self.nanoseconds(status.modified.seconds, status.modified.nanoseconds)
        changed = Self.nanoseconds(status.changed.seconds, status.changed.nanoseconds)
    }

    package init(_ status: stat) { self.init(FileStatus(status)) }

    /// Of what a path leads to, through no symbolic link.
    ///
    /// - Returns: `nil` on failure, with the reason in `errno`.
    package init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Returns true if any change of the file after a given time will change the stamp, because the file system's clock
    /// has advanced since the last change.
    ///
    /// - Parameter moment: Nanoseconds since 1970, not after the stamp was taken.
    func isSettled(at moment: Int64) -> Bool {
        // Linux uses the time of the last tick. Trailing zeros reveal a file system with a resolution of one or two
        // seconds.
        changed < moment - (changed % 1_000_000_000 == 0 ? 2_000_000_000 : 50_000_000)
    }

    /// Nanoseconds since 1970.
    package static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(Int64(time.tv_sec), UInt32(time.tv_nsec))
    }

    private static func nanoseconds(_ seconds: Int64, _ nanoseconds: UInt32) -> Int64 {
        seconds &* 1_000_000_000 &+ Int64(nanoseconds)
    }
}
