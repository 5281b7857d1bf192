/// An instruction with its lines joined, not yet parsed.
struct Statement {
    /// The text without comments and continuation characters.
    let text: LocatedText
    let heredocs: [Heredoc]
    /// The comments directly above.
    let comments: [String]
    /// From the keyword to the end of the last line, the heredocs included.
    let range: SourceRange
}

/// Joins lines to statements ("Format", "escape" and "Here-Documents" in the Dockerfile reference).
struct StatementReader {
    let source: SourceText
    let escape: EscapeCharacter
    private let lines: [PhysicalLine]
    private var index: Int
    private(set) var notes: [DockerfileNote] = []

    init(_ lines: [PhysicalLine], from index: Int, in source: SourceText, escape: EscapeCharacter) {
        self.lines = lines
        self.index = index
        self.source = source
        self.escape = escape
    }

    /// - Returns: `nil` at the end of the file.
    /// - Throws: ``DockerfileError`` for an unterminated heredoc.
    mutating func next() throws(DockerfileError) -> Statement? {
        var comments: [String] = []
        while index < lines.count {
            let line = lines[index]
            if line.isComment {
                let comment = line.comment
                if comment.isEmpty { comments = [] } else { comments.append(comment) }
            } else if !line.isBlank {
                let text = joinLines()
                if !text.trimmed.isEmpty { return try statement(text, comments) }
            }
            index += 1
        }
        return nil
    }

    private mutating func statement(_ text: LocatedText, _ comments: [String]) throws(DockerfileError) -> Statement {
        let head = StatementHead(text)
        var heredocs: [Heredoc] = []
        if text.scalars.contains("<"), try head.acceptsHeredocs() {
            for marker in try HeredocMarker.all(in: text) { heredocs.append(try readHeredoc(marker, of: text)) }
        }
        let last = lines[index]
        let end = SourcePosition(line: last.number, column: last.scalars.count + 1)
        index += 1
        let start = head.keyword.range.start
        return Statement(
            text: text.trimmed, heredocs: heredocs, comments: comments,
            range: SourceRange(source: source, start: start, end: max(start, end)))
    }

    /// Joins lines up to the first that does not end in the escape character, and stops on it.
    private mutating func joinLines() -> LocatedText {
        let (first, indent) = lines[index].withoutIndent
        var text = LocatedText(source: source, anchor: SourcePosition(line: lines[index].number, column: indent + 1))
        var isContinued = append(first, indent, to: &text)
        var hasEmptyLine: PhysicalLine?
        while isContinued, index + 1 < lines.count {
            index += 1
            let line = lines[index]
            if line.isComment { continue }
            if line.isBlank {
                hasEmptyLine = line
            } else {
                isContinued = append(line.scalars[...], 0, to: &text)
            }
        }
        if let line = hasEmptyLine {
            notes.append(
                DockerfileNote(
                    .noEmptyContinuation, at: line.range(0..<line.scalars.count, in: source),
                    "an empty line in a continued instruction will be an error in a future version of Docker"))
        }
        return text
    }

    /// Appends a line without its continuation character. An escaped escape character does not continue the line.
    private func append(_ scalars: ArraySlice<Unicode.Scalar>, _ column: Int, to text: inout LocatedText) -> Bool {
        var kept = scalars
        while kept.last == " " || kept.last == "\t" { kept.removeLast() }
        let isContinued = kept.last == escape.scalar && kept.dropLast().last != escape.scalar
        if isContinued { kept.removeLast() } else { kept = scalars }
        text.append(kept, from: SourcePosition(line: lines[index].number, column: column + 1))
        return isContinued
    }

    /// Reads the lines below the instruction through the one that ends the heredoc, and stops on it.
    private mutating func readHeredoc(
        _ marker: HeredocMarker, of text: LocatedText
    ) throws(DockerfileError) -> Heredoc {
        let first = index + 1
        var body = ""
        while index + 1 < lines.count {
            index += 1
            let line = lines[index]
            let content = marker.stripsTabs ? line.scalars.drop { $0 == "\t" } : line.scalars[...]
            if content.elementsEqual(marker.name.unicodeScalars) {
                return Heredoc(
                    name: marker.name, body: body, expands: marker.expands, stripsTabs: marker.stripsTabs,
                    range: range(ofLines: first..<index))
            }
            body += source.lines[index]
            body += line.ending
        }
        throw text.trimmed.range.error(
            "the heredoc \"\(marker.name)\" does not end",
            advice: "write \(marker.name) alone on a line below it, or quote << when no heredoc is meant")
    }

    private func range(ofLines indices: Range<Int>) -> SourceRange {
        guard let first = indices.first.map({ lines[$0] }), let last = indices.last.map({ lines[$0] }) else {
            let start = SourcePosition(line: lines[indices.lowerBound].number, column: 1)
            return SourceRange(source: source, start: start, end: start)
        }
        return SourceRange(
            source: source, start: SourcePosition(line: first.number, column: 1),
            end: SourcePosition(line: last.number, column: last.scalars.count + 1))
    }
}
