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

    package init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

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
        return nanoseconds(time)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
