internal import Spelling

/// Rows of text in aligned columns with two spaces between them.
package struct TextTable: Sendable {
    /// What stands above a column, and on which side of it the text is.
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

    /// - Parameters:
    ///   - columns: When all titles are empty, there is no line for them.
    ///   - rows: What a row lacks is empty; what it has beyond the columns is not shown.
    package init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }

    package mutating func append(_ row: [String]) {
        rows.append(row)
    }

    /// The lines, without spaces at their ends. What a terminal would obey is escaped.
    package var lines: [String] {
        let titles = columns.map(\.title)
        let all = (titles.allSatisfy(\.isEmpty) ? [] : [titles]) + rows
        let widths = columns.indices.map { column in all.map { Self.cell($0, column).displayWidth }.max() ?? 0 }
        return all.map { row in
            var line = columns.indices.map { column in
                let isRight = columns[column].alignment == .right
                return Self.cell(row, column).padded(toWidth: widths[column], onTheLeft: isRight)
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The lines, each with a newline.
    package var text: String {
        lines.map { "\($0)\n" }.joined()
    }

    private static func cell(_ row: [String], _ column: Int) -> String {
        column < row.count ? row[column].escaped : ""
    }
}
