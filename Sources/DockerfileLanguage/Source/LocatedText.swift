/// Text with the source location of each letter: a joined instruction, or a part of one.
struct LocatedText: Sendable {
    let source: SourceText
    private(set) var scalars: [Unicode.Scalar] = []
    private(set) var positions: [SourcePosition] = []
    /// The location of empty text.
    private let anchor: SourcePosition

    init(source: SourceText, anchor: SourcePosition) {
        self.source = source
        self.anchor = anchor
    }

    mutating func append(_ scalar: Unicode.Scalar, at position: SourcePosition) {
        scalars.append(scalar)
        positions.append(position)
    }

    /// Appends a piece of one line.
    mutating func append(_ piece: some Sequence<Unicode.Scalar>, from start: SourcePosition) {
        for (index, scalar) in piece.enumerated() {
            append(scalar, at: SourcePosition(line: start.line, column: start.column + index))
        }
    }

    var count: Int { scalars.count }
    var isEmpty: Bool { scalars.isEmpty }
    subscript(index: Int) -> Unicode.Scalar { scalars[index] }

    subscript(bounds: Range<Int>) -> LocatedText {
        let start = bounds.lowerBound < count ? positions[bounds.lowerBound] : positions.last?.next ?? anchor
        var part = LocatedText(source: source, anchor: start)
        part.scalars = Array(scalars[bounds])
        part.positions = Array(positions[bounds])
        return part
    }

    /// The letters as a string.
    var text: String { scalars.string }

    /// From the first letter to the last.
    var range: SourceRange {
        guard let first = positions.first, let last = positions.last else {
            return SourceRange(source: source, start: anchor, end: anchor)
        }
        return SourceRange(source: source, start: first, end: last.next)
    }

    func firstIndex(from start: Int = 0, where condition: (Unicode.Scalar) -> Bool) -> Int? {
        scalars[min(start, count)...].firstIndex(where: condition)
    }

    /// The text without surrounding white space.
    var trimmed: LocatedText {
        let start = scalars.firstIndex { !$0.isWhiteSpace } ?? count
        let end = scalars.lastIndex { !$0.isWhiteSpace } ?? start - 1
        return self[start..<end + 1]
    }

    /// The parts before and after the first letter that satisfies the condition.
    func split(at condition: (Unicode.Scalar) -> Bool) -> (head: LocatedText, tail: LocatedText)? {
        firstIndex(where: condition).map { (self[0..<$0], self[$0 + 1..<count]) }
    }
}
