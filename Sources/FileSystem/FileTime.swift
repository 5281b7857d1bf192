internal import Glibc

/// A point in time by the clock that file systems use for time stamps.
package struct FileTime: Sendable, Hashable, Comparable {
    /// Since 1970.
    package let seconds: Int64
    /// On top of the seconds, less than 1 000 000 000.
    package let nanoseconds: UInt32

    init(_ time: timespec) {
        seconds = Int64(time.tv_sec)
        nanoseconds = UInt32(clamping: time.tv_nsec)
    }

    /// The current time, with the resolution of file time stamps (some milliseconds), so that a file written later
    /// never looks older.
    package static var now: FileTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return FileTime(time)
    }

    /// The time `age` before this one.
    package func before(_ age: Duration) -> FileTime {
        let (seconds, attoseconds) = age.components
        var (past, isBeyond) = self.seconds.subtractingReportingOverflow(seconds)
        var nanoseconds = Int64(self.nanoseconds) - attoseconds / 1_000_000_000
        if nanoseconds < 0 {
            nanoseconds += 1_000_000_000
            past = past == .min ? .min : past - 1
        }
        isBeyond = isBeyond || past == .min
        return FileTime(seconds: isBeyond ? .min : past, nanoseconds: UInt32(clamping: nanoseconds))
    }

    private init(seconds: Int64, nanoseconds: UInt32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static func < (one: FileTime, other: FileTime) -> Bool {
        (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
    }
}
