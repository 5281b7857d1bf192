extension Duration {
    /// The maximum, in milliseconds; about three thousand years.
    private static let longest = 1e14

    private static let scales: [Substring: Double] = ["ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600, "d": 86400]

    /// Parses a duration such as `500ms`, `3s`, `2m`, `1h30m` or `7d`; a bare number is seconds.
    ///
    /// - Returns: `nil` for anything else. Values beyond about three thousand years are reduced to that.
    package init?(parsing text: String) {
        func isDigit(_ character: Character) -> Bool { character.isASCII && (character.isNumber || character == ".") }
        var rest = text[...]
        var milliseconds = 0.0
        repeat {
            let digits = rest.prefix(while: isDigit)
            let unit = rest[digits.endIndex...].prefix { !isDigit($0) }
            guard let number = Double(digits), let scale = Self.scales[unit], number < Self.longest else { return nil }
            milliseconds += number * scale * 1000
            rest = rest[unit.endIndex...]
        } while !rest.isEmpty
        self = .milliseconds(Int(min(milliseconds, Self.longest)))
    }

    /// A number of seconds as a short text for display, such as `0.4s`, `12s`, `3m05s` or `2h10m`.
    package static func text(seconds: Double) -> String {
        let seconds = min(max(0, seconds), 359_999)
        let tenths = Int((seconds * 10).rounded())
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10)s" }
        let whole = Int(seconds.rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m\(two(whole % 60))s" }
        return "\(whole / 3600)h\(two(whole % 3600 / 60))m"
    }
}
