/// A file as somebody wrote it, for showing its lines beside what is said about them.
package struct SourceText: Hashable, Sendable {
    /// What the person calls the file.
    package let name: String
    /// The lines without what ends them.
    package let lines: [String]

    package init(name: String, lines: [String]) {
        self.name = name
        self.lines = lines
    }

    /// A line by its number, from 1; nothing for a line that the file does not have.
    package func line(_ number: Int) -> String {
        lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }
}
