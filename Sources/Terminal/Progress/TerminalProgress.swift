/// Lines on a terminal: what has ended scrolls up, what is running is drawn anew below it.
struct TerminalProgress: ProgressRenderer {
    private enum Code {
        static let hideCursor = "\u{1B}[?25l"
        static let showCursor = "\u{1B}[?25h"
        static let clearBelow = "\r\u{1B}[J"
        static let red = "\u{1B}[31m"
        static let yellow = "\u{1B}[33m"
        static let plain = "\u{1B}[0m"
        static func up(_ lines: Int) -> String { lines > 0 ? "\u{1B}[\(lines)A" : "" }
    }

    let wantsTicks = true
    private let terminal: ProgressTerminal
    /// How many lines of running items are on the screen, above the cursor.
    private var drawn = 0
    private var hidesCursor = false

    init(_ terminal: ProgressTerminal) {
        self.terminal = terminal
    }

    mutating func show(_ event: ProgressEvent, _ state: ProgressState, at now: ProgressTime) -> String {
        let lines: [String]
        switch event {
        // A beginning is drawn by the next tick: what is over at once is worth one line, not a flicker.
        case .began: return ""
        case .ended(let item, .failed(let reason)):
            lines = [colored("\(item.label): \(item.summary(of: .failed(reason), at: now))", Code.red)]
        case .ended(let item, let outcome): lines = ["\(item.label): \(item.summary(of: outcome, at: now))"]
        case .note(let text): lines = [text]
        case .warning(let text): lines = [colored("warning:", Code.yellow) + " \(text)"]
        }
        return erase() + lines.map { "\($0)\n" }.joined() + draw(state, at: now)
    }

    mutating func tick(_ state: inout ProgressState, at now: ProgressTime) -> String {
        if state.running.isEmpty, drawn == 0 { return "" }
        return erase() + draw(state, at: now)
    }

    mutating func close() -> String {
        erase() + cursor(hidden: false)
    }

    private mutating func erase() -> String {
        defer { drawn = 0 }
        return drawn > 0 ? Code.up(drawn) + Code.clearBelow : ""
    }

    private mutating func draw(_ state: ProgressState, at now: ProgressTime) -> String {
        let (columns, rows) = terminal.size()
        let lines = Self.lines(state.running, at: now, columns: columns, rows: rows)
        drawn = lines.count
        return cursor(hidden: !lines.isEmpty) + lines.map { "\($0)\n" }.joined()
    }

    private mutating func cursor(hidden: Bool) -> String {
        guard hidden != hidesCursor else { return "" }
        hidesCursor = hidden
        return hidden ? Code.hideCursor : Code.showCursor
    }

    private func colored(_ text: String, _ color: String) -> String {
        terminal.hasColors ? color + text + Code.plain : text
    }
}

extension TerminalProgress {
    /// The lines of the running items: never more than fit above the cursor's, each narrower than the screen.
    static func lines(
        _ items: [ProgressState.Item], at now: ProgressTime, columns: Int, rows: Int
    ) -> [String] {
        let room = max(1, rows - 1)
        let shown = items.count <= room ? items : Array(items.prefix(room - 1))
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

    /// Bar, bytes, speed and time to go, as far as they are known and there is room.
    private static func measure(_ item: ProgressState.Item, at now: ProgressTime, columns: Int) -> String {
        if item.total == nil, item.current == 0 { return ProgressText.duration(now.seconds - item.began.seconds) }
        var text = item.total.map { "\(ByteSize(item.current)) / \(ByteSize($0))" } ?? "\(ByteSize(item.current))"
        if let speed = item.speed(at: now) { text += "  \(ByteSize(Int64(speed)))/s" }
        if let remaining = item.remaining(at: now) { text += "  \(ProgressText.duration(remaining))" }
        // Room for the longest numbers, so that the bars of all items are as wide as each other.
        let bar = min(30, columns - 46)
        guard let total = item.total, total > 0, bar >= 8 else { return text }
        let filled = Int(Double(bar) * min(1, Double(item.current) / Double(total)))
        let head = filled < bar ? ">" : ""
        let gap = String(repeating: " ", count: bar - filled - head.count)
        return "[" + String(repeating: "=", count: filled) + head + gap + "]  " + text
    }
}
