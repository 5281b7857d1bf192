/// The lines at the bottom of a terminal that are redrawn, while those above them stay and scroll away.
///
/// A frame overwrites the previous one and erases only the rest, so that lines do not flicker.
struct LiveRegion: Sendable {
    private enum Code {
        static let hideCursor = "\u{1B}[?25l"
        static let showCursor = "\u{1B}[?25h"
        static let clearLine = "\u{1B}[K"
        static let clearBelow = "\u{1B}[J"
        static func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A\r" : "" }
    }

    private let terminal: ProgressTerminal
    /// The lines on the screen, above the cursor.
    private var drawn: [ProgressLine] = []
    private var drawnColumns = 0
    private var hidesCursor = false

    init(_ terminal: ProgressTerminal) {
        self.terminal = terminal
    }

    /// The output for the next frame; empty if nothing has changed.
    ///
    /// - Parameters:
    ///   - staying: Lines of any length, to stay above the live ones.
    ///   - live: Makes lines, fewer than there are rows and narrower than there are columns.
    mutating func frame(
        staying: [ProgressLine], live makeLines: (_ columns: Int, _ rows: Int) -> [ProgressLine]
    ) -> String {
        let size = terminal.size()
        let (columns, rows) = (max(1, size.columns), max(1, size.rows))
        let live = makeLines(columns, rows)
        if staying.isEmpty, live == drawn, columns == drawnColumns || live.isEmpty { return "" }
        var text = (live.isEmpty ? "" : cursor(hidden: true)) + Code.up(occupiedRows(columns))
        // Some terminals keep treating a wrapped row as the first part of a longer line, even after it is overwritten.
        if columns != drawnColumns, !drawn.isEmpty { text += Code.clearBelow }
        for line in staying + live {
            text += line.written(hasColors: terminal.hasColors)
            // A line that fills the last row leaves the cursor on the last letter, which must not be erased.
            let width = line.text.displayWidth
            text += width > 0 && width % columns == 0 ? "\n" : Code.clearLine + "\n"
        }
        if !drawn.isEmpty { text += Code.clearBelow }
        if live.isEmpty { text += cursor(hidden: false) }
        (drawn, drawnColumns) = (live, columns)
        return text
    }

    /// The number of rows that the previous frame takes now: a terminal that became narrower has wrapped its lines.
    private func occupiedRows(_ columns: Int) -> Int {
        drawn.reduce(0) { $0 + max(1, ($1.text.displayWidth + columns - 1) / columns) }
    }

    private mutating func cursor(hidden: Bool) -> String {
        guard hidden != hidesCursor else { return "" }
        hidesCursor = hidden
        return hidden ? Code.hideCursor : Code.showCursor
    }
}
