/// How a transfer came to its end.
package enum ProgressOutcome: Sendable, Hashable {
    case done
    /// There was nothing to do, as in "exists".
    case skipped(String)
    /// The registry had the blob next door.
    case mounted
    /// - Parameter reason: What went wrong, without what was tried.
    case failed(String)
    /// It was given up, because the user wanted no more or because something else had failed.
    case cancelled
}

/// Makes lines that are drawn anew several times a second: narrower than there are columns, fewer than there are rows.
package typealias ProgressPanel = @Sendable (_ now: ProgressTime, _ columns: Int, _ rows: Int) -> [ProgressLine]

/// What is going on, without any idea of how it is shown.
struct ProgressState: Sendable {
    struct Item: Sendable {
        let id: Int
        let name: String
        let detail: String
        /// Bytes, if it is known how many there will be.
        let total: Int64?
        /// Bytes.
        var current: Int64 = 0
        let began: ProgressTime
        /// Whether it went on since the last time somebody looked.
        var hasChanged = false

        /// Bytes a second since it began; nothing before there is something to tell.
        func speed(at now: ProgressTime) -> Double? {
            let seconds = now.seconds - began.seconds
            return seconds >= 0.5 && current > 0 ? Double(current) / seconds : nil
        }

        /// Seconds until it is there at this speed.
        func remaining(at now: ProgressTime) -> Double? {
            guard let total, let speed = speed(at: now), current < total else { return nil }
            return Double(total - current) / speed
        }
    }

    /// In the order in which they began.
    private(set) var running: [Item] = []
    /// What is drawn above them on a terminal.
    var panel: ProgressPanel?
    private var lastID = 0

    mutating func begin(_ name: String, detail: String, total: Int64?, at now: ProgressTime) -> Item {
        lastID += 1
        let item = Item(
            id: lastID, name: name.printable, detail: detail.printable, total: total.map { max(0, $0) }, began: now)
        running.append(item)
        return item
    }

    /// - Parameter bytes: Less than zero when what was transferred has to be transferred again.
    mutating func advance(_ id: Int, by bytes: Int64) {
        guard let index = running.firstIndex(where: { $0.id == id }) else { return }
        running[index].current = max(0, running[index].current + bytes)
        running[index].hasChanged = true
    }

    /// Ends an item; `nil` when it has ended already.
    mutating func finish(_ id: Int) -> Item? {
        running.firstIndex { $0.id == id }.map { running.remove(at: $0) }
    }

    /// The items that have gone on since the last call.
    mutating func takeChanged() -> [Item] {
        let changed = running.filter(\.hasChanged)
        for index in running.indices { running[index].hasChanged = false }
        return changed
    }
}
