/// A source of COPY or ADD with wildcards that work as in Go's `filepath.Match`: none matches a slash, and `**` means
/// no more than `*`. With `--parents`, ``PathPatterns`` apply instead.
package struct Wildcard: Hashable, Sendable {
    /// The folder, without wildcards, that contains all possible matches; `.` for the root of the source.
    package let folder: String
    /// The pattern for paths below that folder.
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

    /// Returns true if a path below ``folder`` matches.
    package func matches(_ path: String) -> Bool {
        path.withBytes { bytes in
            var matcher = GlobMatcher(tokens, bytes)
            return matcher.matches()
        }
    }

    /// The number of components that a matching path has, so that a walk need not go deeper.
    package var depth: Int { pattern.utf8.count { $0 == UInt8(ascii: "/") } + 1 }
}
