/// The patterns of an ignore file or of `--exclude`, in their order, the last one that matches deciding
/// (".dockerignore file" of Docker's manual).
package struct PathPatterns: Sendable {
    private let patterns: [PathPattern]
    private let hasExceptions: Bool

    /// Why a pattern cannot be used.
    package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        package let pattern: String
        package var description: String { "the pattern \"\(pattern)\" cannot be read" }
    }

    /// What the patterns say of a path; the one of a folder is needed for what is in it.
    package struct Verdict: Hashable, Sendable {
        /// Whether the path is excluded.
        package let isExcluded: Bool
        /// Which patterns match the path or a folder that it is in.
        fileprivate let matches: [Bool]
    }

    /// - Parameter patterns: Each with `!` for an exception; white space around one means nothing, and neither does an
    ///   empty one.
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

    /// What is said of the folder that the paths start from.
    package var root: Verdict {
        Verdict(isExcluded: false, matches: Array(repeating: false, count: patterns.count))
    }

    /// Whether a path is excluded, by itself or with a folder that it is in. For a walk through a tree,
    /// ``verdict(on:below:)`` asks every folder only once.
    ///
    /// - Parameter path: Relative, clean, with slashes.
    package func excludes(_ path: String) -> Bool {
        let path = CleanPath.clean(path)
        guard path != ".", !patterns.isEmpty else { return false }
        var verdict = root
        for slash in path.indices where path[slash] == "/" && slash != path.startIndex {
            verdict = self.verdict(on: String(path[..<slash]), below: verdict)
        }
        return excludes(path, below: verdict)
    }

    /// What is said of a folder.
    ///
    /// - Parameters:
    ///   - path: Its whole path from the root, relative, clean, with slashes.
    ///   - parent: The verdict on the folder that it is in.
    package func verdict(on path: String, below parent: Verdict) -> Verdict {
        var matches = parent.matches
        let isExcluded = decide(path, parent) { matches[$0] = true }
        return Verdict(isExcluded: isExcluded, matches: matches)
    }

    /// The same for what has nothing in it.
    package func excludes(_ path: String, below parent: Verdict) -> Bool {
        decide(path, parent) { _ in }
    }

    /// Whether nothing in a folder can be included, so that it need not be read.
    ///
    /// - Parameters:
    ///   - path: Its whole path from the root.
    ///   - verdict: The verdict on it.
    package func excludesEverything(below path: String, _ verdict: Verdict) -> Bool {
        guard verdict.isExcluded else { return false }
        guard hasExceptions else { return true }
        return (path + "/").withBytes { folder in
            !patterns.indices.contains { index in
                patterns[index].isException && !verdict.matches[index] && patterns[index].mayMatch(below: folder)
            }
        }
    }

    /// A pattern that could not change the decision is not asked, and then does not count for what is below either.
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
    /// Reads a `.dockerignore` file: `#` in the first column is a comment, a slash in front means nothing.
    ///
    /// - Throws: ``DockerfileError`` at the pattern that cannot be read.
    package init(ignoreFile bytes: some Collection<UInt8>, name: String = ".dockerignore") throws(DockerfileError) {
        let lines = PhysicalLine.lines(of: bytes)
        var patterns: [String] = []
        for line in lines where line.scalars.first != "#" {
            let text = Self.normalized(line.scalars.string.trimmed)
            if text.isEmpty { continue }
            guard PathPattern(text) != nil else {
                let source = SourceText(name: name, lines: lines.map(\.scalars.string))
                throw line.range(line.withoutIndent.indent..<line.scalars.count, in: source).error(
                    text == "!" ? "nothing stands behind the exclamation mark" : "the pattern cannot be read",
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
    /// Without white space around it.
    var trimmed: String {
        let scalars = unicodeScalars.drop { $0.isWhiteSpace }
        return Array(scalars.reversed().drop { $0.isWhiteSpace }.reversed()).string
    }
}
