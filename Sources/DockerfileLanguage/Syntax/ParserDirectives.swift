/// The parser directives at the start of a Dockerfile ("Parser directives").
package struct ParserDirectives: Hashable, Sendable {
    /// `# syntax=`: the frontend image, without arguments. It is not used.
    package var syntax: String?
    /// The location of `# syntax=`.
    var syntaxRange: SourceRange?
    /// `# escape=`.
    package var escape = EscapeCharacter.backslash
    /// `# check=`.
    package var check = CheckDirective()

    package init() {}
}

/// `# check=skip=Rule,Rule|all;error=true`: the rules to skip, and whether the other notes are errors.
package struct CheckDirective: Hashable, Sendable {
    /// The names of the rules to skip.
    package var skipped: Set<String> = []
    var skipsAll = false
    /// True if a note fails the build.
    package var notesAreErrors = false

    package init() {}

    /// Returns true if notes of this rule are reported.
    package func reports(_ rule: DockerfileNote.Rule) -> Bool {
        !skipsAll && !skipped.contains(rule.rawValue)
    }
}

extension ParserDirectives {
    /// Parses the directives.
    ///
    /// - Returns: The number of lines that are directives but not comments (`// syntax=`).
    /// - Throws: ``DockerfileError`` for a repeated directive or an invalid value.
    mutating func read(_ lines: [PhysicalLine], in source: SourceText) throws(DockerfileError) -> Int {
        try readRun(lines[...], mark: "#", in: source)
        if lines.first.map({ $0.scalars.starts(with: "#!".unicodeScalars) }) == true {
            // `# syntax=` is found behind a shebang line as well; `# escape=` is not.
            let escape = escape
            try readRun(lines.dropFirst(), mark: "#", in: source)
            self.escape = escape
        }
        guard syntax == nil else { return 0 }
        return try readRun(lines[...], mark: "//", in: source)
    }

    /// Stops at the first line that is not a directive.
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

    /// `# name = value`, and the columns of the value.
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
                    "\"\(part)\" is not an option of checks", advice: "write it as in skip=RuleOne,RuleTwo;error=true")
            }
        }
    }
}
