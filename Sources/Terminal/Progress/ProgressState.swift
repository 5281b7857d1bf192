/// The outcome of a transfer.
package enum ProgressOutcome: Sendable, Hashable {
    case done
    /// There was nothing to do, for a reason such as "exists".
    case skipped(String)
    /// The registry mounted the blob from another repository.
    case mounted
    /// - Parameter reason: The reason, without the operation.
    case failed(String)
    /// The transfer was cancelled, by the user or because of another failure.
    case cancelled
}

/// Makes lines that are redrawn several times a second: narrower than there are columns, fewer than there are rows.
package typealias ProgressPanel = @Sendable (_ now: ProgressTime, _ columns: Int, _ rows: Int) -> [ProgressLine]

/// The transfers in progress, independent of their presentation.
struct ProgressState: Sendable {
    struct Item: Sendable {
        let id: Int
        let name: String
        let detail: String
        /// In bytes, if known.
        let total: Int64?
        /// In bytes.
        var current: Int64 = 0
        let began: ProgressTime
        /// True if there was progress since the last call of ``takeChanged()``.
        var hasChanged = false

        /// The average speed in bytes per second; `nil` at the beginning.
        func speed(at now: ProgressTime) -> Double? {
            let seconds = now.seconds - began.seconds
            return seconds >= 0.5 && current > 0 ? Double(current) / seconds : nil
        }

        /// The estimated remaining time, in seconds.
        func remaining(at now: ProgressTime) -> Double? {
            guard let total, let speed = speed(at: now), current < total else { return nil }
            return Double(total - current) / speed
        }
    }

    /// In the order of their start.
    private(set) var running: [Item] = []
    /// The lines above the transfers on a terminal.
    var panel: ProgressPanel?
    private var lastID = 0

    mutating func begin(_ name: String, detail: String, total: Int64?, at now: ProgressTime) -> Item {
        lastID += 1
        let item = Item(
            id: lastID, name: name.printable, detail: detail.printable, total: total.map { max(0, $0) }, began: now)
        running.append(item)
        return item
    }

    /// - Parameter bytes: Negative if something has to be transferred again.
    mutating func advance(_ id: Int, by bytes: Int64) {
        guard let index = running.firstIndex(where: { $0.id == id }) else { return }
        running[index].current = max(0, running[index].current + bytes)
        running[index].hasChanged = true
    }

    /// Ends an item; `nil` if it has ended already.
    mutating func finish(_ id: Int) -> Item? {
        running.firstIndex { $0.id == id }.map { running.remove(at: $0) }
    }

    /// The items with progress since the last call.
    mutating func takeChanged() -> [Item] {
        let changed = running.filter(\.hasChanged)
        for index in running.indices { running[index].hasChanged = false }
        return changed
    }
}
