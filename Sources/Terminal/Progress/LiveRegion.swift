/// The lowest lines of a terminal, which are written anew while those above them stay and scroll away.
///
/// A frame overwrites what the last one left and erases only what is left over, so that no line is ever seen empty.
struct LiveRegion: Sendable {
    private enum Code {
        static let hideCursor = "\u{1B}[?25l"
        static let showCursor = "\u{1B}[?25h"
        static let clearLine = "\u{1B}[K"
        static let clearBelow = "\u{1B}[J"
        static func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A\r" : "" }
    }

    private let terminal: ProgressTerminal
    /// What is on the screen, above the cursor.
    private var drawn: [ProgressLine] = []
    private var drawnColumns = 0
    private var hidesCursor = false

    init(_ terminal: ProgressTerminal) {
        self.terminal = terminal
    }

    /// What has to be written for the next frame; nothing when it is like the last one.
    ///
    /// - Parameters:
    ///   - staying: Lines of any length, which from now on stand above the live ones.
    ///   - live: Makes lines, fewer than there are rows and narrower than there are columns.
    mutating func frame(
        staying: [ProgressLine], live makeLines: (_ columns: Int, _ rows: Int) -> [ProgressLine]
    ) -> String {
        let size = terminal.size()
        let (columns, rows) = (max(1, size.columns), max(1, size.rows))
        let live = makeLines(columns, rows)
        if staying.isEmpty, live == drawn, columns == drawnColumns || live.isEmpty { return "" }
        var text = (live.isEmpty ? "" : cursor(hidden: true)) + Code.up(occupiedRows(columns))
        // Some terminals go on taking a row that was broken for the first part of a longer line, whatever is in it now.
        if columns != drawnColumns, !drawn.isEmpty { text += Code.clearBelow }
        for line in staying + live {
            text += line.written(hasColors: terminal.hasColors)
            // A line that fills its last row leaves the cursor on that row's last letter, which must not be erased.
            let width = line.text.displayWidth
            text += width > 0 && width % columns == 0 ? "\n" : Code.clearLine + "\n"
        }
        if !drawn.isEmpty { text += Code.clearBelow }
        if live.isEmpty { text += cursor(hidden: false) }
        (drawn, drawnColumns) = (live, columns)
        return text
    }

    /// How many rows the last frame takes now: a terminal that has become narrower has broken its lines.
    private func occupiedRows(_ columns: Int) -> Int {
        drawn.reduce(0) { $0 + max(1, ($1.text.displayWidth + columns - 1) / columns) }
    }

    private mutating func cursor(hidden: Bool) -> String {
        guard hidden != hidesCursor else { return "" }
        hidesCursor = hidden
        return hidden ? Code.hideCursor : Code.showCursor
    }
}
