/// A bracket expression in a path pattern, such as `[a-z]` or `[^x]`, with `\` as escape character.
struct CharacterClass: Hashable {
    private let ranges: [ClosedRange<Unicode.Scalar>]
    private let isNegated: Bool

    /// Parses a bracket expression from after the opening bracket through the closing one.
    ///
    /// - Returns: `nil` if it is malformed: not closed, empty, or with a `-` or `]` in place of a letter.
    init?(_ pattern: inout ArraySlice<Unicode.Scalar>) {
        isNegated = pattern.first == "^"
        if isNegated { pattern.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while pattern.first != "]" || ranges.isEmpty {
            guard let low = Self.letter(&pattern) else { return nil }
            var high = low
            if pattern.first == "-" {
                pattern.removeFirst()
                guard let other = Self.letter(&pattern) else { return nil }
                high = other
            }
            // A reversed range matches nothing.
            ranges.append(low <= high ? low...high : "\u{0}"..."\u{0}")
        }
        pattern.removeFirst()
        self.ranges = ranges
    }

    /// Reads a letter; something must follow it, or the bracket would not be closed.
    private static func letter(_ pattern: inout ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
        guard var scalar = pattern.popFirst(), scalar != "-", scalar != "]" else { return nil }
        if scalar == "\\" {
            guard let escaped = pattern.popFirst() else { return nil }
            scalar = escaped
        }
        return pattern.isEmpty ? nil : scalar
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar) } != isNegated
    }
}
