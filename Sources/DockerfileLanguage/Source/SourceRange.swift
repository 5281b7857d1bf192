/// A range in a file, which may span several lines.
package struct SourceRange: Hashable, Sendable {
    package let source: SourceText
    package let start: SourcePosition
    /// The position after the last letter; equal to the start if the range is empty.
    package let end: SourcePosition

    package init(source: SourceText, start: SourcePosition, end: SourcePosition) {
        self.source = source
        self.start = start
        self.end = end
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(start)
        hasher.combine(end)
    }

    /// The range from the start of this one to the end of another.
    func through(_ other: SourceRange) -> SourceRange {
        SourceRange(source: source, start: start, end: max(end, other.end))
    }

    /// An error about this range.
    func error(_ reason: String, advice: String? = nil) -> DockerfileError {
        DockerfileError(at: self, reason, advice: advice)
    }
}

extension SourceRange: CustomStringConvertible {
    /// `name:line:column`, as in compiler messages.
    package var description: String { "\(source.name):\(start)" }
}

extension SourceRange {
    /// The lines of the range and the one before, numbered, with carets under the range.
    ///
    /// - Parameter limit: The maximum number of lines of the range to show.
    package func rendering(limit: Int = 5) -> String {
        let last = min(end.line, start.line + limit - 1)
        let width = String(last).count
        func row(_ number: Int?, _ text: String) -> String {
            let label = number.map { String($0) } ?? ""
            let row = String(repeating: " ", count: 2 + width - label.count) + label + " | " + text
            return String(row.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        }
        var rows: [String] = []
        if start.line > 1 { rows.append(row(start.line - 1, Self.cut(source.line(start.line - 1), from: 0))) }
        for number in start.line...max(start.line, last) {
            let text = source.line(number)
            let carets = underline(number, text)
            // Both are cut alike, so that they stay in line.
            let first = Self.firstShown(number == start.line ? start.column - 1 : 0, of: text)
            rows.append(row(number, Self.cut(text, from: first)))
            rows.append(row(nil, Self.cut(carets, from: first, mark: " ")))
        }
        if last < end.line { rows.append(row(nil, "…")) }
        return rows.joined(separator: "\n")
    }

    /// The most of a line that is shown, in scalars.
    private static let longestExcerpt = 400

    /// The start of the excerpt of a line that shows a column.
    private static func firstShown(_ column: Int, of text: String) -> Int {
        text.unicodeScalars.count <= longestExcerpt ? 0 : max(0, column - longestExcerpt / 4)
    }

    /// - Parameter mark: Stands for what is left out.
    private static func cut(_ text: String, from first: Int, mark: String = "…") -> String {
        let scalars = text.unicodeScalars
        guard first > 0 || scalars.count > longestExcerpt else { return text }
        let shown = scalars.dropFirst(first).prefix(longestExcerpt)
        let isCut = shown.endIndex < scalars.endIndex
        return (first > 0 ? mark : "") + String(shown) + (isCut ? mark : "")
    }

    /// Keeps tabs, so that the carets line up whatever the tab width.
    private func underline(_ number: Int, _ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let indent = scalars.prefix { $0 == " " || $0 == "\t" }.count
        let first = number == start.line ? start.column - 1 : indent
        let behind = number == end.line ? end.column - 1 : scalars.count
        let padding = scalars.prefix(first).map { $0 == "\t" ? "\t" : " " }.joined()
        return padding + String(repeating: "^", count: max(1, behind - first))
    }
}
