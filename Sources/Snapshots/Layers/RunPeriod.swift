/// The time between the start and the end of a program that a step has run.
package struct RunPeriod: Sendable, Hashable {
    /// Nanoseconds since 1970.
    let start: Int64
    let end: Int64

    private static let second: Int64 = 1_000_000_000
    /// The clock that files are stamped with may be so many nanoseconds behind.
    private static let tick: Int64 = 20_000_000

    /// - Parameters:
    ///   - start: When the program was not yet running, in nanoseconds since 1970.
    ///   - end: When it was not running any more.
    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = max(start, end)
    }

    /// Whether a modification time may be of that period. Archives, and some programs, know whole seconds alone.
    ///
    /// - Parameters:
    ///   - seconds: Since 1970.
    ///   - nanoseconds: On top of these.
    func contains(_ seconds: Int64, _ nanoseconds: UInt32) -> Bool {
        let first = start - Self.tick
        if nanoseconds == 0 { return (first / Self.second...end / Self.second).contains(seconds) }
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: Self.second)
        return !overflows && (first...end).contains(whole &+ Int64(nanoseconds))
    }

    /// The same periods in their order, those that meet as one.
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
