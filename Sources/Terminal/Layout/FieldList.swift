internal import Spelling

/// Names and values, one per line, with the values aligned, as in `docker buildx imagetools inspect`.
package struct FieldList: Sendable {
    private let fields: [(name: String, value: String)]
    private let indent: Int
    private let nameWidth: Int
    private let gap: Int

    /// - Parameters:
    ///   - fields: Names, without the colon, and values, all of whose lines are aligned. Terminal control characters
    ///     are escaped, but not line breaks, so the caller has to escape those in untrusted values.
    ///   - indent: The number of spaces before each name.
    ///   - gap: The number of spaces between the longest name with its colon and the values.
    ///   - nameWidth: The minimum width of the names, in terminal columns, to align several lists.
    package init(_ fields: [(name: String, value: String)], indent: Int = 0, nameWidth: Int = 0, gap: Int = 1) {
        self.fields = fields.map { ($0.name.escaped, $0.value.escapedLines) }
        self.indent = indent
        self.nameWidth = nameWidth
        self.gap = gap
    }

    /// The lines, without trailing spaces.
    package var lines: [String] {
        let width = max(nameWidth, Self.nameWidth(of: fields)) + 1 + gap
        let margin = String(repeating: " ", count: indent)
        return fields.flatMap { name, value in
            value.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
                let label = index == 0 ? "\(name):" : ""
                return line.isEmpty ? margin + label : margin + label.padded(toWidth: width) + line
            }
        }
    }

    /// The width of the names, in terminal columns.
    package static func nameWidth(of fields: [(name: String, value: String)]) -> Int {
        fields.map(\.name.displayWidth).max() ?? 0
    }

    /// The lines, each followed by a newline.
    package var text: String {
        lines.map { "\($0)\n" }.joined()
    }
}
