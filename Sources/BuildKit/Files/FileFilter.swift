package import DockerfileLanguage

/// The part of a tree of files that a daemon has asked for.
package struct FileFilter: Sendable {
    /// `nil` for everything.
    private let included: PathPatterns?
    private let excluded: PathPatterns

    /// The decision on a path. That on a folder is needed to decide on its content.
    package struct Verdict: Sendable {
        fileprivate let included: PathPatterns.Verdict?
        fileprivate let excluded: PathPatterns.Verdict

        /// True if the path is sent, also without anything below it.
        package var passes: Bool { included?.isExcluded != false && !excluded.isExcluded }
    }

    /// - Parameters:
    ///   - included: Patterns of what is sent, with all that is below; everything if there are none.
    ///   - excluded: Patterns of what is not sent, with `!` for exceptions.
    /// - Throws: ``PathPatterns/Malformed``.
    package init(included: [String] = [], excluded: [String] = []) throws(PathPatterns.Malformed) {
        let patterns = try PathPatterns(included)
        self.included = patterns.isEmpty ? nil : patterns
        self.excluded = try PathPatterns(excluded)
    }

    package var root: Verdict { Verdict(included: included?.root, excluded: excluded.root) }

    /// - Parameters:
    ///   - path: The full path from the root, relative and clean, with slashes.
    ///   - parent: The decision on its folder.
    package func verdict(on path: String, below parent: Verdict) -> Verdict {
        Verdict(
            included: included.flatMap { patterns in parent.included.map { patterns.verdict(on: path, below: $0) } },
            excluded: excluded.verdict(on: path, below: parent.excluded))
    }

    /// True if nothing in a folder is sent, so that it need not be read.
    package func rejectsEverything(below path: String, _ verdict: Verdict) -> Bool {
        if excluded.excludesEverything(below: path, verdict.excluded) { return true }
        guard let included, let isIncluded = verdict.included else { return false }
        return included.matchesNothing(below: path, isIncluded)
    }
}
