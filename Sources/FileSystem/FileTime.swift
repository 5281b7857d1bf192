internal import Glibc

/// A point in time by the clock that file systems use for time stamps.
package struct FileTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since 1970.
    private let nanoseconds: Int64

    init(_ time: timespec) {
        // Some file systems store any value, and the file's creator chose it.
        let (product, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isBeyond) = product.addingReportingOverflow(Int64(time.tv_nsec))
        nanoseconds = overflow || isBeyond ? (time.tv_sec < 0 ? .min : .max) : sum
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
        let (past, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return FileTime(nanoseconds: overflow ? .min : nanoseconds &- past &- attoseconds / 1_000_000_000)
    }

    private init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (one: FileTime, other: FileTime) -> Bool { one.nanoseconds < other.nanoseconds }
}
