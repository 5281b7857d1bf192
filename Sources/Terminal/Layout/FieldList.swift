internal import Spelling

/// Names and values below each other, the values in one column, as `docker buildx imagetools inspect` shows them.
package struct FieldList: Sendable {
    private let fields: [(name: String, value: String)]
    private let indent: Int

    /// - Parameters:
    ///   - fields: Names, without the colon, and values; every line of a value stands in the column of the values. What a
    ///     terminal would obey is escaped; of a value that strangers have chosen the lines are to be, too.
    ///   - indent: How many spaces stand before each name.
    package init(_ fields: [(name: String, value: String)], indent: Int = 0) {
        self.fields = fields.map { ($0.name.escaped, $0.value.escapedLines) }
        self.indent = indent
    }

    /// The lines, without spaces at their ends.
    package var lines: [String] {
        let width = (fields.map(\.name.displayWidth).max() ?? 0) + 2
        let margin = String(repeating: " ", count: indent)
        return fields.flatMap { name, value in
            value.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
                let label = index == 0 ? "\(name):" : ""
                return line.isEmpty ? margin + label : margin + label.padded(toWidth: width) + line
            }
        }
    }

    /// The lines, each with a newline.
    package var text: String {
        lines.map { "\($0)\n" }.joined()
    }
}
