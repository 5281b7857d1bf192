/// A challenge in a `WWW-Authenticate` header (RFC 9110, section 11.6.1).
struct Challenge: Sendable, Equatable {
    /// In lower case.
    let scheme: String
    /// The keys are in lower case.
    let parameters: [String: String]

    /// All challenges in the `WWW-Authenticate` headers of a response, in order.
    static func parse(_ headers: [String]) -> [Challenge] {
        headers.flatMap { header in
            var parser = ChallengeParser(header)
            return parser.parse()
        }
    }
}

/// Parses `Scheme name=value, name="quoted, value", Other name=value`.
private struct ChallengeParser {
    private let text: [Character]
    private var position = 0

    init(_ header: String) {
        text = Array(header)
    }

    mutating func parse() -> [Challenge] {
        var challenges: [Challenge] = []
        skipSeparators()
        var word = token()
        while !word.isEmpty {
            var parameters: [String: String] = [:]
            var next = ""
            while true {
                skipSeparators()
                next = token()
                skipSpace()
                guard !next.isEmpty, position < text.count, text[position] == "=" else { break }
                position += 1
                skipSpace()
                parameters[next.lowercased()] = value()
            }
            challenges.append(Challenge(scheme: word.lowercased(), parameters: parameters))
            word = next
        }
        return challenges
    }

    private mutating func skipSeparators() {
        while position < text.count, text[position] == "," || text[position].isWhitespace { position += 1 }
    }

    private mutating func skipSpace() {
        while position < text.count, text[position].isWhitespace { position += 1 }
    }

    private mutating func token() -> String {
        let start = position
        while position < text.count, !",=\"".contains(text[position]), !text[position].isWhitespace { position += 1 }
        return String(text[start..<position])
    }

    private mutating func value() -> String {
        guard position < text.count, text[position] == "\"" else {
            let start = position
            while position < text.count, text[position] != ",", !text[position].isWhitespace { position += 1 }
            return String(text[start..<position])
        }
        position += 1
        var value = ""
        while position < text.count, text[position] != "\"" {
            if text[position] == "\\", position + 1 < text.count { position += 1 }
            value.append(text[position])
            position += 1
        }
        // An unterminated string extends to the end.
        position = min(position + 1, text.count)
        return value
    }
}
