internal import Spelling

/// Rows of text in aligned columns with spaces between them.
package struct TextTable: Sendable {
    /// The title and alignment of a column.
    package struct Column: Sendable {
        package enum Alignment: Sendable {
            case left
            /// For numbers.
            case right
        }

        let title: String
        let alignment: Alignment

        package init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    private let columns: [Column]
    private var rows: [[String]]
    private let gap: Int
    private let minimumWidth: Int

    /// - Parameters:
    ///   - columns: If all titles are empty, the header is omitted.
    ///   - rows: Missing cells are empty, excess cells are not shown.
    ///   - gap: The number of spaces between columns.
    ///   - minimumWidth: The minimum width of a column, in terminal columns.
    package init(_ columns: [Column], rows: [[String]] = [], gap: Int = 2, minimumWidth: Int = 0) {
        self.columns = columns
        self.rows = rows
        self.gap = gap
        self.minimumWidth = minimumWidth
    }

    /// A table in the layout of the docker client.
    ///
    /// - Parameter titles: The titles of the columns.
    package init(docker titles: [String], rows: [[String]] = []) {
        // Its columns, with the gap, are at least ten wide.
        self.init(titles.map { Column($0) }, rows: rows, gap: 3, minimumWidth: 7)
    }

    package mutating func append(_ row: [String]) {
        rows.append(row)
    }

    /// The lines, without trailing spaces. Terminal control characters are escaped.
    package var lines: [String] {
        let titles = columns.map(\.title)
        let all = (titles.allSatisfy(\.isEmpty) ? [] : [titles]) + rows
        let widths = columns.indices.map { column in
            all.reduce(minimumWidth) { max($0, Self.cell($1, column).displayWidth) }
        }
        return all.map { row in
            var line = columns.indices.map { column in
                let isRight = columns[column].alignment == .right
                return Self.cell(row, column).padded(toWidth: widths[column], onTheLeft: isRight)
            }.joined(separator: String(repeating: " ", count: gap))
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The lines, each followed by a newline.
    package var text: String {
        lines.map { "\($0)\n" }.joined()
    }

    private static func cell(_ row: [String], _ column: Int) -> String {
        column < row.count ? row[column].escaped : ""
    }
}
