/// A heredoc, written below the instruction that uses it ("Here-Documents").
package struct Heredoc: Hashable, Sendable {
    /// The delimiter, without quotes; for COPY and ADD the name of the file.
    package let name: String
    /// The lines as written, with their line endings.
    package let body: String
    /// True if variables are expanded: no part of the delimiter was quoted.
    package let expands: Bool
    /// `<<-`: leading tabs are removed.
    package let stripsTabs: Bool
    /// The lines of the body; empty if it has none.
    package let range: SourceRange

    package init(name: String, body: String, expands: Bool, stripsTabs: Bool, range: SourceRange) {
        self.name = name
        self.body = body
        self.expands = expands
        self.stripsTabs = stripsTabs
        self.range = range
    }

    /// The body, without leading tabs if those are removed.
    package var content: String {
        guard stripsTabs else { return body }
        var isAtStart = true
        let kept = body.unicodeScalars.filter { scalar in
            defer { isAtStart = scalar == "\n" || (isAtStart && scalar == "\t") }
            return !(isAtStart && scalar == "\t")
        }
        return Array(kept).string
    }

    /// The content with variables expanded, if the heredoc expands them. Quotes are literal, and the escape character
    /// is always `\`.
    ///
    /// - Throws: ``DockerfileError``.
    package func expanded(in environment: Environment) throws(DockerfileError) -> Expansion {
        guard expands else { return Expansion(text: content, words: []) }
        var lexer = ShellLexer(content, escape: .backslash, environment: environment)
        lexer.ignoresQuotes = true
        do throws(ShellSyntaxError) {
            let text = try lexer.run().text
            return Expansion(text: text, words: [], used: lexer.used, unset: lexer.unset)
        } catch {
            throw range.error(error.reason, advice: error.advice)
        }
    }
}

/// The `<<WORD` that introduces a heredoc.
struct HeredocMarker: Equatable {
    let name: String
    let expands: Bool
    let stripsTabs: Bool

    /// Parses a word of an instruction.
    ///
    /// - Returns: `nil` if the word does not introduce a heredoc.
    /// - Throws: ``ShellSyntaxError`` for mismatched quotes.
    init?(_ word: String) throws(ShellSyntaxError) {
        var rest = Array(word.unicodeScalars)[...]
        rest = rest.drop { ("0"..."9").contains($0) }
        guard rest.starts(with: "<<".unicodeScalars) else { return nil }
        rest = rest.dropFirst(2)
        stripsTabs = rest.first == "-"
        if stripsTabs { rest = rest.dropFirst() }
        rest = rest.drop { $0.isWhiteSpace }
        guard !rest.isEmpty, !rest.contains("<") else { return nil }

        // The delimiter was quoted if reading it as a shell word removes anything.
        let spelled = Array(rest).string
        var lexer = ShellLexer(spelled, escape: .backslash, environment: Environment())
        lexer.keepsUnset = true
        let words = try lexer.run().words
        guard words.count == 1 else { return nil }
        name = words[0]
        var spelling = ShellLexer(spelled, escape: .backslash, environment: Environment())
        spelling.keepsUnset = true
        spelling.keepsQuotes = true
        let kept = try spelling.run().text
        func quotes(_ text: String) -> Int { text.unicodeScalars.count { $0 == "'" || $0 == "\"" } }
        expands = quotes(name) == quotes(kept)
    }

    /// All heredocs of a joined instruction, in order.
    static func all(in text: LocatedText) throws(DockerfileError) -> [HeredocMarker] {
        var lexer = ShellLexer(text.text, escape: .backslash, environment: Environment())
        lexer.keepsQuotes = true
        lexer.keepsEscapes = true
        lexer.keepsUnset = true
        // A command with mismatched quotes is left to the shell and has no heredoc here.
        guard let words = try? lexer.run().words else { return [] }
        var markers: [HeredocMarker] = []
        for word in words where word.unicodeScalars.contains("<") {
            do throws(ShellSyntaxError) {
                if let marker = try HeredocMarker(word) { markers.append(marker) }
            } catch {
                throw text.range.error("the end of the heredoc \"\(word)\" cannot be read: \(error.reason)")
            }
        }
        return markers
    }
}
