internal import Glibc

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
    package var timestamp: String {
        var seconds = time_t(wall / 1_000_000_000)
        var date = tm()
        gmtime_r(&seconds, &date)
        func digits(_ value: some BinaryInteger, _ width: Int) -> String {
            let text = String(Int(value))
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let day = "\(digits(date.tm_year + 1900, 4))-\(digits(date.tm_mon + 1, 2))-\(digits(date.tm_mday, 2))"
        let time = "\(digits(date.tm_hour, 2)):\(digits(date.tm_min, 2)):\(digits(date.tm_sec, 2))"
        return "\(day)T\(time).\(digits(wall / 1_000_000 % 1000, 3))Z"
    }
}
