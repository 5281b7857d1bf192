internal import Units

/// Progress on a terminal: finished items scroll up, running items are redrawn below them.
struct TerminalProgress: ProgressRenderer {
    let wantsTicks = true
    private var region: LiveRegion
    /// Lines to stay on the screen that go out with the next frame.
    private var waiting: [ProgressLine] = []

    init(_ terminal: ProgressTerminal) {
        region = LiveRegion(terminal)
    }

    mutating func show(_ event: ProgressEvent, _ state: ProgressState, at now: ProgressTime) -> String {
        switch event {
        // An item that ends at once is worth one line, not a flicker.
        case .began: break
        // The reason is reported elsewhere, and would be lost among one line for each transfer.
        case .ended(_, .cancelled): break
        case .ended(let item, .failed(let reason)):
            let text = "\(item.label): \(item.summary(of: .failed(reason), at: now))"
            waiting.append(ProgressLine(text, .failure))
        case .ended(let item, let outcome):
            waiting.append(ProgressLine("\(item.label): \(item.summary(of: outcome, at: now))"))
        case .note(let text): waiting.append(ProgressLine(text))
        case .warning(let text): waiting.append(.warning(text))
        case .lines(let lines): waiting += lines
        }
        return ""
    }

    mutating func tick(_ state: inout ProgressState, at now: ProgressTime) -> String {
        defer { waiting = [] }
        return region.frame(staying: waiting) { columns, rows in
            let panel = state.panel
            let transfers = Self.lines(
                state.running, at: now, columns: columns, rows: panel == nil ? rows : max(2, rows / 2))
            let above = panel?(now, columns, rows - transfers.count) ?? []
            return above + transfers.map { ProgressLine($0) }
        }
    }

    mutating func close() -> String {
        defer { waiting = [] }
        return region.frame(staying: waiting) { _, _ in [] }
    }
}

extension TerminalProgress {
    /// The lines of the running items: not more than fit on the screen, each narrower than that.
    static func lines(
        _ items: [ProgressState.Item], at now: ProgressTime, columns: Int, rows: Int
    ) -> [String] {
        let capacity = max(1, rows - 1)
        let shown = items.count <= capacity ? items : Array(items.prefix(capacity - 1))
        let width = shown.map(\.label.displayWidth).max() ?? 0
        // A full last column would wrap on some terminals.
        let limit = max(1, columns - 1)
        let labels = min(width, max(12, limit / 2))
        var lines = shown.map { item in
            let label = item.label.truncated(toWidth: labels).padded(toWidth: labels)
            return "\(label)  \(measure(item, at: now, columns: limit - labels - 2))".truncated(toWidth: limit)
        }
        if shown.count < items.count {
            lines.append("… and \(items.count - shown.count) more".truncated(toWidth: limit))
        }
        return lines
    }

    /// Bar, bytes, speed and remaining time, as far as they are known and fit.
    private static func measure(_ item: ProgressState.Item, at now: ProgressTime, columns: Int) -> String {
        if item.total == nil, item.current == 0 { return Duration.text(seconds: now.seconds - item.began.seconds) }
        var text = item.total.map { "\(ByteSize(item.current)) / \(ByteSize($0))" } ?? "\(ByteSize(item.current))"
        if let speed = item.speed(at: now) { text += "  \(ByteSize(Int64(speed)))/s" }
        if let remaining = item.remaining(at: now) { text += "  \(Duration.text(seconds: remaining))" }
        // Leaves space for the longest numbers, so that the bars of all items have the same width.
        let bar = min(30, columns - 46)
        guard let total = item.total, total > 0, bar >= 8 else { return text }
        let filled = Int(Double(bar) * min(1, Double(item.current) / Double(total)))
        let head = filled < bar ? ">" : ""
        let gap = String(repeating: " ", count: bar - filled - head.count)
        return "[" + String(repeating: "=", count: filled) + head + gap + "]  " + text
    }
}
