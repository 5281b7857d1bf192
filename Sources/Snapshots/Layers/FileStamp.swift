package import FileSystem
package import Glibc

/// What changes when a file changes, and is looked at in its stead.
package struct FileStamp: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64
    /// Bytes.
    package let size: Int64
    /// Nanoseconds since 1970.
    package let modified: Int64
    /// When content or attributes changed last, in nanoseconds since 1970. No program can set it.
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
    /// - Returns: `nil` when that cannot be looked at; `errno` says why.
    package init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether whatever changes the file from a moment on must change the stamp as well, because the clock of the file
    /// system has gone on since the last change.
    ///
    /// - Parameter moment: Nanoseconds since 1970, not after the stamp was taken.
    func isSettled(at moment: Int64) -> Bool {
        // Linux stamps files with the time of the last tick. A file system that keeps whole seconds, or pairs of them,
        // shows it by the zeros.
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
