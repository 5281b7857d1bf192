internal import Glibc

/// A moment by the clock that file systems stamp files with.
package struct FileTime: Sendable, Hashable, Comparable {
    /// Since 1970.
    private let nanoseconds: Int64

    init(_ time: timespec) {
        // Some file systems take any time, and whoever made the file has chosen it.
        let (product, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isBeyond) = product.addingReportingOverflow(Int64(time.tv_nsec))
        nanoseconds = overflow || isBeyond ? (time.tv_sec < 0 ? .min : .max) : sum
    }

    /// Now. The clock goes in steps of some milliseconds, as the stamps of files do, so that a file which is written
    /// later never looks older.
    package static var now: FileTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return FileTime(time)
    }

    /// The moment that is `age` before this one.
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
