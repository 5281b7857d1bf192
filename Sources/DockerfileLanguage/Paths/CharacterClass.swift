/// A bracket expression of a path pattern: `[a-z]`, `[^x]`, in which `\` escapes.
struct CharacterClass: Hashable {
    private let ranges: [ClosedRange<Unicode.Scalar>]
    private let isNegated: Bool

    /// Reads what follows the opening bracket, through the closing one.
    ///
    /// - Returns: `nil` when it is not one: not closed, empty, or with a `-` or `]` where a letter must be.
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
            // A range from behind matches nothing.
            ranges.append(low <= high ? low...high : "\u{0}"..."\u{0}")
        }
        pattern.removeFirst()
        self.ranges = ranges
    }

    /// A letter that something must follow, or the bracket would not be closed.
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
