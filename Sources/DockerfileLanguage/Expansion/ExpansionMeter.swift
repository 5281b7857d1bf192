internal import Concurrency

/// Counts the work of expanding all words of a plan: a few lines with patterns and long values could keep a machine
/// busy for days.
package final class ExpansionMeter: Sendable {
    /// Takes less than a second. A unit is one letter copied or compared with a part of a pattern.
    package static let limit = 1 << 26

    private let spent = Guarded(0)

    package init() {}

    func charge(_ units: Int) throws(ShellSyntaxError) {
        let sum = spent.withLock { spent in
            spent += units
            return spent
        }
        guard sum <= Self.limit else {
            throw ShellSyntaxError(
                reason: "expanding the variables of this file takes too long", advice: "use shorter values and patterns"
            )
        }
    }
}
