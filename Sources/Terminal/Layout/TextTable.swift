internal import Spelling

/// Rows of text in aligned columns with two spaces between them.
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

    /// - Parameters:
    ///   - columns: If all titles are empty, the header is omitted.
    ///   - rows: Missing cells are empty, excess cells are not shown.
    package init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }

    package mutating func append(_ row: [String]) {
        rows.append(row)
    }

    /// The lines, without trailing spaces. Terminal control characters are escaped.
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

    /// The lines, each followed by a newline.
    package var text: String {
        lines.map { "\($0)\n" }.joined()
    }

    private static func cell(_ row: [String], _ column: Int) -> String {
        column < row.count ? row[column].escaped : ""
    }
}
