/// A terminal that obeys what progress uses: lines break at its right edge, scroll off at its lower one, and are broken
/// anew when it gets another width.
package struct Screen: Sendable {
    /// A row, and whether the text goes on in the next one.
    private struct Row {
        var cells: [Character] = []
        var isBroken = false
    }

    package private(set) var columns: Int
    package let rows: Int
    package private(set) var hasCursor = true
    /// All rows that there have been, those that have scrolled off among them.
    private var content = [Row()]
    private var row = 0
    private var column = 0

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// The lines that are not empty, without spaces at their ends.
    package var lines: [String] {
        var lines: [String] = []
        var line = ""
        for row in content {
            line += String(row.cells)
            if row.isBroken { continue }
            while line.last == " " { line.removeLast() }
            if !line.isEmpty { lines.append(line) }
            line = ""
        }
        return lines
    }

    /// The screen after some text has been written to it.
    package func showing(_ text: String) -> Screen {
        var screen = self
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\n": screen.goDown()
            case "\r\n":
                screen.column = 0
                screen.goDown()
            case "\r": screen.column = 0
            case "\u{1B}": screen.obey(&rest)
            default: screen.put(character)
            }
        }
        return screen
    }

    /// The screen with another width.
    package func resized(toColumns columns: Int) -> Screen {
        var screen = Screen(columns: columns, rows: rows)
        screen.hasCursor = hasCursor
        for (index, row) in content.enumerated() {
            if index == self.row { (screen.row, screen.column) = (screen.content.count - 1, column) }
            for cell in row.cells { screen.put(cell, at: screen.content.count - 1) }
            if !row.isBroken, index < content.count - 1 { screen.content.append(Row()) }
        }
        return screen
    }

    private mutating func goDown() {
        row += 1
        column = 0
        if row == content.count { content.append(Row()) }
    }

    private mutating func put(_ character: Character) {
        if column == columns {
            content[row].isBroken = true
            goDown()
        }
        let missing = column - content[row].cells.count
        if missing > 0 { content[row].cells += [Character](repeating: " ", count: missing) }
        if column < content[row].cells.count {
            content[row].cells[column] = character
        } else {
            content[row].cells.append(character)
        }
        column += 1
    }

    /// Appends to a row while all is broken anew.
    private mutating func put(_ character: Character, at index: Int) {
        if content[index].cells.count == columns {
            content[index].isBroken = true
            content.append(Row())
        }
        content[content.count - 1].cells.append(character)
    }

    private mutating func obey(_ rest: inout Substring) {
        rest.removeFirst()
        let parameters = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(parameters.count)
        switch rest.popFirst() {
        // The cursor does not go up to what has scrolled off.
        case "A": row = max(max(0, content.count - rows), row - (Int(parameters) ?? 1))
        case "K": clearRow()
        case "J":
            clearRow()
            content = Array(content[...row])
        case "l": hasCursor = false
        case "h": hasCursor = true
        default: break
        }
    }

    private mutating func clearRow() {
        // After the last column of a row, the cursor still stands on its last letter.
        content[row].cells = Array(content[row].cells.prefix(min(column, columns - 1)))
        content[row].isBroken = false
    }
}
