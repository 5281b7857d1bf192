/// The time between the start and end of a step's program.
package struct RunPeriod: Sendable, Hashable {
    /// Nanoseconds since 1970.
    let start: Int64
    let end: Int64

    private static let second: Int64 = 1_000_000_000
    /// The maximum lag of the clock for file time stamps, in nanoseconds.
    private static let tick: Int64 = 20_000_000

    /// - Parameters:
    ///   - start: A time before the program started, in nanoseconds since 1970.
    ///   - end: A time after it ended.
    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = max(start, end)
    }

    /// Returns true if a modification time may be from that period. Archives and some programs only have whole seconds.
    ///
    /// - Parameters:
    ///   - seconds: Seconds since 1970.
    ///   - nanoseconds: Additional nanoseconds.
    func contains(_ seconds: Int64, _ nanoseconds: UInt32) -> Bool {
        let first = start - Self.tick
        if nanoseconds == 0 { return (first / Self.second...end / Self.second).contains(seconds) }
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: Self.second)
        return !overflows && (first...end).contains(whole &+ Int64(nanoseconds))
    }

    /// The periods in order, with overlapping ones merged.
    static func joined(_ periods: some Sequence<RunPeriod>) -> [RunPeriod] {
        periods.sorted { $0.start < $1.start }.reduce(into: []) { joined, period in
            if let last = joined.last, period.start <= last.end {
                joined[joined.endIndex - 1] = RunPeriod(start: last.start, end: max(last.end, period.end))
            } else {
                joined.append(period)
            }
        }
    }
}
