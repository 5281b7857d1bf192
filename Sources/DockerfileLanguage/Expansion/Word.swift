/// A part of an instruction in which variables, quotes and escapes are expanded ("Environment replacement" in the
/// Dockerfile reference).
///
/// Parts that instructions provide as words have to be expanded before use; parts that they provide as strings must not
/// be.
package struct Word: Hashable, Sendable {
    /// The word as written, with its quotes; for an element of a JSON array, the decoded text.
    package let text: String
    package let range: SourceRange
    package let escape: EscapeCharacter

    package init(_ text: String, at range: SourceRange, escape: EscapeCharacter) {
        self.text = text
        self.range = range
        self.escape = escape
    }

    init(_ text: LocatedText, escape: EscapeCharacter) {
        self.init(text.text, at: text.range, escape: escape)
    }

    /// Replaces variables and removes quotes and escapes.
    ///
    /// - Throws: ``DockerfileError`` for an unclosed quote or brace, an unknown substitution, or an unset variable in
    ///   `${name?message}`.
    package func expanded(in environment: Environment) throws(DockerfileError) -> Expansion {
        var lexer = ShellLexer(text, escape: escape, environment: environment)
        return try finish(&lexer)
    }

    /// The names of all variables in the word, set or not, including those in default values; empty if the word is
    /// malformed.
    package var variables: Set<String> {
        var lexer = ShellLexer(text, escape: escape, environment: Environment())
        lexer.demandsValues = false
        _ = try? lexer.run()
        return lexer.used.union(lexer.unset)
    }

    /// True if the word expands to itself.
    package var isPlain: Bool {
        !text.unicodeScalars.contains { $0 == "$" || $0 == "'" || $0 == "\"" || $0 == escape.scalar }
    }

    private func finish(_ lexer: inout ShellLexer) throws(DockerfileError) -> Expansion {
        do throws(ShellSyntaxError) {
            let (text, words) = try lexer.run()
            return Expansion(text: text, words: words, used: lexer.used, unset: lexer.unset)
        } catch {
            throw range.error(error.reason, advice: error.advice)
        }
    }
}

/// The result of expanding a word.
package struct Expansion: Hashable, Sendable {
    /// The result as one text.
    package let text: String
    /// The result split at unquoted white space, including that in variables' values; for instructions in which a word
    /// may become several (EXPOSE).
    package let words: [String]
    /// The variables that were looked up and set: the result depends on them.
    package let used: Set<String>
    /// The variables that were looked up and not set.
    package let unset: Set<String>

    package init(text: String, words: [String], used: Set<String> = [], unset: Set<String> = []) {
        self.text = text
        self.words = words
        self.used = used
        self.unset = unset
    }
}
