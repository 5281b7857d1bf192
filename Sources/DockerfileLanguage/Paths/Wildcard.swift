/// A source of COPY or ADD with wildcards, which match as Go's `filepath.Match` does: none of them matches a slash, and
/// `**` is nothing but a star. With `--parents` ``PathPatterns`` match instead.
package struct Wildcard: Hashable, Sendable {
    /// The folder that everything that can match is in, without wildcards; `.` for the root of the source.
    package let folder: String
    /// How a path below that folder must look.
    package let pattern: String
    private let tokens: [GlobToken]

    /// - Returns: `nil` for a path without wildcards.
    /// - Throws: ``PathPatterns/Malformed``.
    package init?(_ path: String) throws(PathPatterns.Malformed) {
        guard let index = Self.firstWildcard(path) else { return nil }
        let slash = path[..<index].lastIndex(of: "/")
        let folder = slash.map { path[...$0] } ?? ""
        pattern = String(slash.map { path[path.index(after: $0)...] } ?? path[...])
        self.folder = CleanPath.clean(String(folder))
        guard let tokens = PathPattern.tokens(pattern, crossesFolders: false) else {
            throw PathPatterns.Malformed(pattern: path)
        }
        self.tokens = tokens
    }

    private static func firstWildcard(_ path: String) -> String.Index? {
        var isEscaped = false
        for index in path.indices {
            if !isEscaped, "*?[".contains(path[index]) { return index }
            isEscaped = !isEscaped && path[index] == "\\"
        }
        return nil
    }

    /// Whether a path below ``folder`` is meant.
    package func matches(_ path: String) -> Bool {
        path.withBytes { bytes in
            var matcher = GlobMatcher(tokens, bytes)
            return matcher.matches()
        }
    }

    /// How many parts a path must have to match, so that no tree is walked deeper.
    package var depth: Int { pattern.utf8.count { $0 == UInt8(ascii: "/") } + 1 }
}
