/// A position in a file: line and column, both starting at 1, the column counted in Unicode scalars.
package struct SourcePosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (one: SourcePosition, other: SourcePosition) -> Bool {
        (one.line, one.column) < (other.line, other.column)
    }

    /// `line:column`.
    package var description: String { "\(line):\(column)" }

    /// The position after this one, on the same line.
    var next: SourcePosition { SourcePosition(line: line, column: column + 1) }
}
