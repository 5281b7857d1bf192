/// A word that cannot be expanded; the word knows its location.
struct ShellSyntaxError: Error {
    let reason: String
    var advice: String?
}

/// Expands a word in the shell-like language of Dockerfiles: variables, substitutions, quotes and escapes.
struct ShellLexer {
    /// The maximum nesting depth, since the stack is limited. Real Dockerfiles stay far below.
    static let maximumDepth = 100
    /// The maximum number of letters that variables may add to a word. A program's argument cannot have an eighth of
    /// that.
    static let maximumGrowth = 1 << 20

    /// True to keep quotes in the result.
    var keepsQuotes = false
    /// True to keep escape characters, and white space after `<<`, in the result: for finding words, not their values.
    var keepsEscapes = false
    /// True to keep unset variables in the result as written.
    var keepsUnset = false
    /// True if quotes are ordinary characters, as in the body of a heredoc.
    var ignoresQuotes = false
    /// True if `${name?}` of an unset variable is an error.
    var demandsValues = true

    private(set) var used: Set<String> = []
    private(set) var unset: Set<String> = []

    let escape: Unicode.Scalar
    let environment: Environment
    var input: [Unicode.Scalar]
    var position = 0
    private var depth = 0
    private var growth = 0

    init(_ text: String, escape: EscapeCharacter, environment: Environment) {
        input = Array(text.unicodeScalars)
        self.escape = escape.scalar
        self.environment = environment
    }

    /// Expands the text and splits it into words.
    mutating func run() throws(ShellSyntaxError) -> (text: String, words: [String]) {
        let result = try read(upTo: nil, keepsEscapes: keepsEscapes)
        return (result.text.string, result.words)
    }

    var next: Unicode.Scalar? { position < input.count ? input[position] : nil }

    mutating func take() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        position += 1
        return scalar
    }

    /// Reads to the end, or through the letter that ends a part of a substitution.
    mutating func read(
        upTo stop: Unicode.Scalar?, keepsEscapes: Bool
    ) throws(ShellSyntaxError) -> (text: [Unicode.Scalar], words: [String]) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw ShellSyntaxError(reason: "substitutions are nested too deep") }
        var text: [Unicode.Scalar] = []
        var words = WordSplitter()
        while let scalar = next {
            if scalar == stop {
                position += 1
                return (text, words.finish())
            }
            switch scalar {
            case "$":
                let value = try readVariable()
                text += value
                for letter in value { words.add(letter) }
            case "'" where !ignoresQuotes, "\"" where !ignoresQuotes:
                let value = scalar == "'" ? try readSingleQuoted() : try readDoubleQuoted(keepsEscapes)
                text += value
                words.addQuoted(value)
            case "<" where self.keepsEscapes:
                let value = readPossibleHeredoc()
                text += value
                words.addQuoted(value)
            case escape:
                position += 1
                if keepsEscapes {
                    text.append(scalar)
                    words.addQuoted([scalar])
                }
                guard let escaped = take() else { break }
                text.append(escaped)
                words.addQuoted([escaped])
            default:
                position += 1
                text.append(scalar)
                words.add(scalar)
            }
        }
        if let stop { throw ShellSyntaxError(reason: "the end came before the \(stop) of a substitution") }
        return (text, words.finish())
    }

    /// Single quotes: all characters are literal.
    private mutating func readSingleQuoted() throws(ShellSyntaxError) -> [Unicode.Scalar] {
        let opening = position
        position += 1
        guard let closing = input[position...].firstIndex(of: "'") else {
            throw ShellSyntaxError(
                reason: "a single quote is not closed",
                advice: "close it, or write it as \(escape)' for a literal quote")
        }
        position = closing + 1
        return Array(keepsQuotes ? input[opening...closing] : input[opening + 1..<closing])
    }

    /// Double quotes: variables are replaced, and `"`, `$` and the escape character can be escaped.
    private mutating func readDoubleQuoted(_ keepsEscapes: Bool) throws(ShellSyntaxError) -> [Unicode.Scalar] {
        var text: [Unicode.Scalar] = []
        position += 1
        if keepsQuotes { text.append("\"") }
        while let scalar = next {
            switch scalar {
            case "\"":
                position += 1
                if keepsQuotes { text.append("\"") }
                return text
            case "$":
                text += try readVariable()
            case escape:
                position += 1
                if keepsEscapes { text.append(scalar) }
                guard let escaped = next else { continue }
                if escaped == "\"" || escaped == "$" || escaped == escape {
                    position += 1
                    text.append(escaped)
                } else {
                    text.append(scalar)
                }
            default:
                position += 1
                text.append(scalar)
            }
        }
        throw ShellSyntaxError(
            reason: "a double quote is not closed", advice: "close it, or write it as \(escape)\" for a literal quote")
    }

    /// Reads `<<` with any white space before the word that ends a heredoc.
    private mutating func readPossibleHeredoc() -> [Unicode.Scalar] {
        position += 1
        guard next == "<" else { return ["<"] }
        position += 1
        let start = position
        while let scalar = next, scalar.isWhiteSpace { position += 1 }
        return ["<", "<"] + input[start..<position]
    }

    /// Looks up a variable and records the access.
    ///
    /// - Throws: ``ShellSyntaxError`` if the result would be too long.
    mutating func value(of name: String) throws(ShellSyntaxError) -> [Unicode.Scalar]? {
        guard let value = environment[name] else {
            unset.insert(name)
            return nil
        }
        used.insert(name)
        let scalars = Array(value.unicodeScalars)
        try grow(by: scalars.count)
        return scalars
    }

    mutating func grow(by count: Int) throws(ShellSyntaxError) {
        growth += count
        guard growth <= Self.maximumGrowth else {
            throw ShellSyntaxError(
                reason: "its variables make it longer by more than \(Self.maximumGrowth >> 20) MiB",
                advice: "use COPY for such long content")
        }
        try environment.meter?.charge(count + 1)
    }
}

/// Collects the words separated by unquoted white space.
private struct WordSplitter {
    private var words: [String] = []
    private var word: [Unicode.Scalar] = []

    mutating func add(_ scalar: Unicode.Scalar) {
        guard scalar.isWhiteSpace else { return word.append(scalar) }
        endWord()
    }

    mutating func addQuoted(_ scalars: [Unicode.Scalar]) {
        word += scalars
    }

    mutating func finish() -> [String] {
        endWord()
        return words
    }

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        words.append(word.string)
        word = []
    }
}
