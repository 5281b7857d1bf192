/// The patterns of a `.dockerignore` file or `--exclude`, in order; the last match decides (".dockerignore file" in
/// Docker's manual).
package struct PathPatterns: Sendable {
    private let patterns: [PathPattern]
    private let hasExceptions: Bool

    /// A malformed pattern.
    package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        package let pattern: String
        package var description: String { "the pattern \"\(pattern)\" cannot be read" }
    }

    /// The decision on a path. That on a folder is needed to decide on its content.
    package struct Verdict: Hashable, Sendable {
        /// True if the path is excluded.
        package let isExcluded: Bool
        /// For each pattern, true if it matches the path or one of its parent folders.
        fileprivate let matches: [Bool]
    }

    /// - Parameter patterns: Patterns, with `!` for exceptions. Surrounding white space and empty patterns are ignored.
    /// - Throws: ``Malformed``.
    package init(_ patterns: [String]) throws(Malformed) {
        var compiled: [PathPattern] = []
        for text in patterns {
            let trimmed = text.trimmed
            if trimmed.isEmpty { continue }
            guard let pattern = PathPattern(trimmed) else { throw Malformed(pattern: trimmed) }
            compiled.append(pattern)
        }
        self.patterns = compiled
        hasExceptions = compiled.contains(where: \.isException)
    }

    package var isEmpty: Bool { patterns.isEmpty }

    /// The decision on the root folder.
    package var root: Verdict {
        Verdict(isExcluded: false, matches: Array(repeating: false, count: patterns.count))
    }

    /// Returns true if a path or one of its parent folders is excluded. For walking a tree, ``verdict(on:below:)``
    /// examines each folder only once.
    ///
    /// - Parameter path: A clean relative path, with slashes.
    package func excludes(_ path: String) -> Bool {
        let path = CleanPath.clean(path)
        guard path != ".", !patterns.isEmpty else { return false }
        var verdict = root
        for slash in path.indices where path[slash] == "/" && slash != path.startIndex {
            verdict = self.verdict(on: String(path[..<slash]), below: verdict)
        }
        return excludes(path, below: verdict)
    }

    /// The decision on a folder.
    ///
    /// - Parameters:
    ///   - path: The full path from the root, relative and clean, with slashes.
    ///   - parent: The decision on the parent folder.
    package func verdict(on path: String, below parent: Verdict) -> Verdict {
        var matches = parent.matches
        let isExcluded = decide(path, parent) { matches[$0] = true }
        return Verdict(isExcluded: isExcluded, matches: matches)
    }

    /// The decision on a path that has no content of its own.
    package func excludes(_ path: String, below parent: Verdict) -> Bool {
        decide(path, parent) { _ in }
    }

    /// Returns true if everything in a folder is excluded, so that it need not be read.
    ///
    /// - Parameters:
    ///   - path: The full path from the root.
    ///   - verdict: The decision on the folder.
    package func excludesEverything(below path: String, _ verdict: Verdict) -> Bool {
        guard verdict.isExcluded else { return false }
        guard hasExceptions else { return true }
        return (path + "/").withBytes { folder in
            !patterns.indices.contains { index in
                patterns[index].isException && !verdict.matches[index] && patterns[index].mayMatch(below: folder)
            }
        }
    }

    /// Returns true if no pattern matches a folder, its parents or anything in it, so that it need not be read for what
    /// matches.
    ///
    /// - Parameters:
    ///   - path: The full path from the root.
    ///   - verdict: The decision on the folder.
    package func matchesNothing(below path: String, _ verdict: Verdict) -> Bool {
        if verdict.matches.contains(true) { return false }
        return (path + "/").withBytes { folder in
            !patterns.contains { !$0.isException && $0.mayMatch(below: folder) }
        }
    }

    /// Skips patterns that could not change the decision; these do not count for the content of the path either.
    private func decide(_ path: String, _ parent: Verdict, _ matched: (Int) -> Void) -> Bool {
        path.withBytes { bytes in
            var isExcluded = false
            for (index, pattern) in patterns.enumerated() {
                if !parent.matches[index] {
                    guard pattern.isException == isExcluded, pattern.matches(bytes) else { continue }
                    matched(index)
                }
                isExcluded = !pattern.isException
            }
            return isExcluded
        }
    }
}

extension PathPatterns {
    /// Parses a `.dockerignore` file: `#` in the first column begins a comment, and a leading slash is ignored.
    ///
    /// - Throws: ``DockerfileError`` for a malformed pattern.
    package init(ignoreFile bytes: some Collection<UInt8>, name: String = ".dockerignore") throws(DockerfileError) {
        let lines = PhysicalLine.lines(of: bytes)
        var patterns: [String] = []
        for line in lines where line.scalars.first != "#" {
            let text = Self.normalized(line.scalars.string.trimmed)
            if text.isEmpty { continue }
            guard PathPattern(text) != nil else {
                let source = SourceText(name: name, lines: lines.map(\.scalars.string))
                throw line.range(line.withoutIndent.indent..<line.scalars.count, in: source).error(
                    text == "!" ? "nothing follows the exclamation mark" : "the pattern cannot be read",
                    advice: "close every [ with ], and escape one that is meant with \\")
            }
            patterns.append(text)
        }
        do throws(Malformed) {
            try self.init(patterns)
        } catch {
            throw SourceText(name: name, lines: []).start.error("\(error)")
        }
    }

    private static func normalized(_ text: String) -> String {
        let isException = text.hasPrefix("!")
        var path = isException ? String(text.dropFirst()).trimmed : text
        if !path.isEmpty { path = CleanPath.clean(path) }
        if path.utf8.count > 1, path.hasPrefix("/") { path.removeFirst() }
        return isException ? "!" + path : path
    }
}

extension String {
    /// The text without surrounding white space.
    var trimmed: String {
        let scalars = unicodeScalars.drop { $0.isWhiteSpace }
        return Array(scalars.reversed().drop { $0.isWhiteSpace }.reversed()).string
    }
}
