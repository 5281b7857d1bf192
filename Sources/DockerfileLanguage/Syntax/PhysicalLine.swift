/// A line of a file and its line ending.
struct PhysicalLine {
    /// Starting at 1.
    let number: Int
    /// The letters without trailing carriage returns and newline.
    let scalars: [Unicode.Scalar]
    /// The line ending.
    let ending: String

    /// A range of columns as a range in the file.
    func range(_ columns: Range<Int>, in source: SourceText) -> SourceRange {
        SourceRange(
            source: source, start: SourcePosition(line: number, column: columns.lowerBound + 1),
            end: SourcePosition(line: number, column: columns.upperBound + 1))
    }

    /// The line without leading white space, and the width of that.
    var withoutIndent: (scalars: ArraySlice<Unicode.Scalar>, indent: Int) {
        let start = scalars.firstIndex { !$0.isWhiteSpace } ?? scalars.count
        return (scalars[start...], start)
    }

    var isBlank: Bool { withoutIndent.scalars.isEmpty }
    var isComment: Bool { withoutIndent.scalars.first == "#" }

    /// The text of a comment.
    var comment: String {
        var text = withoutIndent.scalars.dropFirst().drop { $0.isWhiteSpace }
        while text.last?.isWhiteSpace == true { text.removeLast() }
        return Array(text).string
    }

    /// Splits a file at its newlines. Drops a byte-order mark and replaces invalid UTF-8 by U+FFFD.
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
