/// One line of a file with what ended it.
struct PhysicalLine {
    /// From 1.
    let number: Int
    /// The letters without carriage returns and the newline at the end.
    let scalars: [Unicode.Scalar]
    /// What followed them in the file.
    let ending: String

    /// A stretch of this line in the file's text.
    func range(_ columns: Range<Int>, in source: SourceText) -> SourceRange {
        SourceRange(
            source: source, start: SourcePosition(line: number, column: columns.lowerBound + 1),
            end: SourcePosition(line: number, column: columns.upperBound + 1))
    }

    /// The line without white space at the start, and how much of that there was.
    var withoutIndent: (scalars: ArraySlice<Unicode.Scalar>, indent: Int) {
        let start = scalars.firstIndex { !$0.isWhiteSpace } ?? scalars.count
        return (scalars[start...], start)
    }

    var isBlank: Bool { withoutIndent.scalars.isEmpty }
    var isComment: Bool { withoutIndent.scalars.first == "#" }

    /// What a comment says.
    var comment: String {
        var text = withoutIndent.scalars.dropFirst().drop { $0.isWhiteSpace }
        while text.last?.isWhiteSpace == true { text.removeLast() }
        return Array(text).string
    }

    /// Splits a file at its newlines. A byte-order mark is dropped, bytes that are no UTF-8 become U+FFFD.
    static func lines(of bytes: some Collection<UInt8>) -> [PhysicalLine] {
        let bytes = Array(bytes)
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var lines: [PhysicalLine] = []
        while !rest.isEmpty {
            let newline = rest.firstIndex(of: 0x0A)
            var content = rest[rest.startIndex..<(newline ?? rest.endIndex)]
            var ending = newline == nil ? "" : "\n"
            while content.last == 0x0D {
                content = content.dropLast()
                ending.unicodeScalars.insert("\r", at: ending.unicodeScalars.startIndex)
            }
            let scalars = Array(String(decoding: content, as: UTF8.self).unicodeScalars)
            lines.append(PhysicalLine(number: lines.count + 1, scalars: scalars, ending: ending))
            rest = newline.map { rest[($0 + 1)...] } ?? []
        }
        return lines
    }
}
