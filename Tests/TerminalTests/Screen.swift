/// A terminal as simple as the one that progress needs.
struct Screen {
    let columns: Int
    let rows: Int
    private(set) var hasCursor = true
    private var cells: [[Character]] = [[]]
    private var row = 0
    private var column = 0

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    var lines: [String] {
        cells.map { String($0) }.filter { !$0.isEmpty }
    }

    func showing(_ text: String) -> Screen {
        var screen = self
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\n":
                screen.row += 1
                screen.column = 0
                if screen.row == screen.cells.count { screen.cells.append([]) }
            case "\r": screen.column = 0
            case "\u{1B}": screen.obey(&rest)
            default:
                screen.cells[screen.row].append(character)
                screen.column += 1
            }
        }
        return screen
    }

    private mutating func obey(_ rest: inout Substring) {
        rest.removeFirst()
        let parameters = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(parameters.count)
        switch rest.popFirst() {
        case "A": row -= Int(parameters) ?? 1
        case "J": cells = Array(cells.prefix(row)) + [[]]
        case "l": hasCursor = false
        case "h": hasCursor = true
        default: break
        }
    }
}
