/// A part of an instruction in which variables, quotes and escapes mean something ("Environment replacement" of the
/// Dockerfile reference).
///
/// Whatever the instructions hand out as a word is expanded before it is used; what they hand out as a string never is.
package struct Word: Hashable, Sendable {
    /// The word as it is written, with its quotes; of a JSON array the decoded element.
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

    /// Replaces variables and takes away quotes and escapes.
    ///
    /// - Throws: ``DockerfileError`` for a quote or brace that is not closed, a substitution that does not exist, and a
    ///   variable that `${name?message}` asks for.
    package func expanded(in environment: Environment) throws(DockerfileError) -> Expansion {
        var lexer = ShellLexer(text, escape: escape, environment: environment)
        return try finish(&lexer)
    }

    /// The names of the variables that the word mentions, set or not; those in the value of another one's default are
    /// among them. None when the word cannot be read.
    package var variables: Set<String> {
        var lexer = ShellLexer(text, escape: escape, environment: Environment())
        lexer.demandsValues = false
        _ = try? lexer.run()
        return lexer.used.union(lexer.unset)
    }

    /// Whether expanding changes nothing, so that what is written is what is meant.
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

/// What a word became.
package struct Expansion: Hashable, Sendable {
    /// The word as one text.
    package let text: String
    /// The same split at the white space that was not quoted, also at that of a variable's value; for the instructions
    /// in which one word may become several (EXPOSE).
    package let words: [String]
    /// The variables that have been looked up and were set: what the result depends on.
    package let used: Set<String>
    /// The variables that have been looked up and were not set.
    package let unset: Set<String>

    package init(text: String, words: [String], used: Set<String> = [], unset: Set<String> = []) {
        self.text = text
        self.words = words
        self.used = used
        self.unset = unset
    }
}
