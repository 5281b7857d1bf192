/// A source file, for showing its lines in messages.
package struct SourceText: Hashable, Sendable {
    /// The name of the file in messages.
    package let name: String
    /// The lines without line endings.
    package let lines: [String]

    package init(name: String, lines: [String]) {
        self.name = name
        self.lines = lines
    }

    /// A line by its number, starting at 1; empty if the file has no such line.
    package func line(_ number: Int) -> String {
        lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }
}
