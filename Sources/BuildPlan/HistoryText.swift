internal import DockerfileLanguage
internal import Units

/// The texts of instructions in an image's history, word for word as BuildKit writes them: people and scanners search
/// images for them.
enum HistoryText {
    /// The comment of entries for the instructions of a Dockerfile.
    static let comment = "buildkit.dockerfile.v0"

    /// The suffix for instructions that made files or ran a program.
    static let mark = " # buildkit"

    /// `NAME=value`, or the name alone.
    static func pair(_ name: String, _ value: String?) -> String {
        value.map { "\(name)=\($0)" } ?? name
    }

    /// `[a b]`.
    static func list(_ words: [String]) -> String { "[\(words.joined(separator: " "))]" }

    /// `["a" "b c"]`.
    static func quotedList(_ words: [String]) -> String { list(words.map(quoted)) }

    static func healthcheck(_ check: Healthcheck) -> String {
        let fields = [
            ("Test", list(check.test)), ("Interval", check.interval.goText), ("Timeout", check.timeout.goText),
            ("StartPeriod", check.startPeriod.goText), ("StartInterval", check.startInterval.goText),
            ("Retries", "\(check.retries)"),
        ]
        return "{\(fields.map { "\($0):\($1)" }.joined(separator: " "))}"
    }

    /// A string in double quotes, in the format of Go's `strconv.Quote`.
    static func quoted(_ text: String) -> String {
        "\"" + text.unicodeScalars.map(escaped).joined() + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        if let short = shortEscapes[scalar] { return "\\\(short)" }
        if scalar == " " || isPrintable(scalar) { return String(scalar) }
        let (letter, digits) = scalar.value < 0x80 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        let number = String(scalar.value, radix: 16)
        return "\\\(letter)" + String(repeating: "0", count: digits - number.count) + number
    }

    private static let shortEscapes: [Unicode.Scalar: Character] = [
        "\"": "\"", "\\": "\\", "\u{7}": "a", "\u{8}": "b", "\u{C}": "f", "\n": "n", "\r": "r", "\t": "t", "\u{B}": "v",
    ]

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
            .paragraphSeparator:
            false
        default: true
        }
    }
}
