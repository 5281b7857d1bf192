internal import Glibc
internal import Units

/// A point in time, on a monotonic clock and on the wall clock.
package struct ProgressTime: Sendable {
    /// Seconds on a monotonic clock.
    package let seconds: Double
    /// Nanoseconds since 1970.
    let wall: Int64

    /// - Parameters:
    ///   - seconds: Seconds on a monotonic clock.
    ///   - wall: Nanoseconds since 1970.
    package init(seconds: Double, wall: Int64) {
        self.seconds = seconds
        self.wall = wall
    }

    package static var now: ProgressTime {
        func read(_ clock: clockid_t) -> timespec {
            var time = timespec()
            clock_gettime(clock, &time)
            return time
        }
        let (monotonic, wall) = (read(CLOCK_MONOTONIC), read(CLOCK_REALTIME))
        return ProgressTime(
            seconds: Double(monotonic.tv_sec) + Double(monotonic.tv_nsec) / 1e9,
            wall: Int64(wall.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec))
    }

    /// RFC 3339 in UTC with milliseconds.
    package var timestamp: String { RFC3339.text(milliseconds: wall / 1_000_000) }
}
