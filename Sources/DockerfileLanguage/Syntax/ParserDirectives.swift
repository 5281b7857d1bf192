/// What the comments at the very start of a Dockerfile say about the file itself ("Parser directives").
package struct ParserDirectives: Hashable, Sendable {
    /// `# syntax=`: the image of the language that the file asks for, without arguments. It is not used.
    package var syntax: String?
    /// Where that stands.
    package var syntaxRange: SourceRange?
    /// `# escape=`.
    package var escape = EscapeCharacter.backslash
    /// `# check=`.
    package var check = CheckDirective()

    package init() {}
}

/// `# check=skip=Rule,Rule|all;error=true`: which notes are not wanted, and whether one of the others is an error.
package struct CheckDirective: Hashable, Sendable {
    /// The names of rules that are not to be applied.
    package var skipped: Set<String> = []
    package var skipsAll = false
    /// Whether a note makes the build fail.
    package var notesAreErrors = false

    package init() {}

    /// Whether notes of this rule are wanted.
    package func reports(_ rule: DockerfileNote.Rule) -> Bool {
        !skipsAll && !skipped.contains(rule.rawValue)
    }
}

extension ParserDirectives {
    /// Reads the directives.
    ///
    /// - Returns: How many lines they take which are no comments otherwise (`// syntax=`).
    /// - Throws: ``DockerfileError`` for one that is given twice or has a value that it cannot have.
    mutating func read(_ lines: [PhysicalLine], in source: SourceText) throws(DockerfileError) -> Int {
        try readRun(lines[...], mark: "#", in: source)
        if lines.first.map({ $0.scalars.starts(with: "#!".unicodeScalars) }) == true {
            // What chooses a language is looked for behind a shebang line too; the escape character is not.
            let escape = escape
            try readRun(lines.dropFirst(), mark: "#", in: source)
            self.escape = escape
        }
        guard syntax == nil else { return 0 }
        return try readRun(lines[...], mark: "//", in: source)
    }

    /// The first line that is no directive ends them.
    @discardableResult
    private mutating func readRun(
        _ lines: ArraySlice<PhysicalLine>, mark: String, in source: SourceText
    ) throws(DockerfileError) -> Int {
        var seen: Set<String> = []
        for (count, line) in lines.enumerated() {
            guard let (name, value, columns) = Self.split(line, mark: mark) else { return count }
            let range = line.range(columns, in: source)
            guard seen.insert(name).inserted else {
                throw range.error("the directive \"\(name)\" is given twice", advice: "keep one of them")
            }
            switch name {
            case "syntax":
                syntax = value.split(separator: " ").first.map(String.init)
                syntaxRange = range
            case "escape": escape = try Self.escape(value, at: range)
            case "check": check = try CheckDirective(parsing: value, at: range)
            default: return count
            }
        }
        return lines.count
    }

    /// `# name = value`; the columns are those of the value.
    private static func split(_ line: PhysicalLine, mark: String) -> (name: String, value: String, Range<Int>)? {
        var (rest, _) = line.withoutIndent
        guard rest.starts(with: mark.unicodeScalars) else { return nil }
        rest = rest.dropFirst(mark.unicodeScalars.count).drop { $0.isWhiteSpace }
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isDigit) }
        guard let first = name.first, first.isLetter else { return nil }
        rest = rest.dropFirst(name.count).drop { $0.isWhiteSpace }
        guard rest.popFirst() == "=" else { return nil }
        rest = rest.drop { $0.isWhiteSpace }
        while rest.last?.isWhiteSpace == true { rest.removeLast() }
        guard !rest.isEmpty else { return nil }
        let known = Array(name).string.lowercased()
        guard ["syntax", "escape", "check"].contains(known) else { return nil }
        return (known, Array(rest).string, rest.startIndex..<rest.endIndex)
    }

    private static func escape(_ value: String, at range: SourceRange) throws(DockerfileError) -> EscapeCharacter {
        guard let escape = EscapeCharacter(rawValue: value) else {
            throw range.error("\"\(value)\" cannot be the escape character", advice: "it is either \\ or `")
        }
        return escape
    }
}

extension CheckDirective {
    init(parsing text: String, at range: SourceRange) throws(DockerfileError) {
        func trim(_ text: Substring) -> String {
            Array(text.unicodeScalars.drop { $0.isWhiteSpace }.reversed().drop { $0.isWhiteSpace }.reversed()).string
        }
        for part in text.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count > 1 ? trim(pair[1]) : ""
            switch (trim(pair[0]), pair.count) {
            case ("skip", 2) where value == "all": skipsAll = true
            case ("skip", 2): skipped.formUnion(value.split(separator: ",").map(trim))
            case ("experimental", 2): break
            case ("error", 2):
                guard let flag = Flag.truth(of: value) else {
                    throw range.error("\"\(value)\" is neither true nor false", advice: "write error=true")
                }
                notesAreErrors = flag
            default:
                throw range.error(
                    "\"\(part)\" is no option of checks", advice: "write it as in skip=RuleOne,RuleTwo;error=true")
            }
        }
    }
}
