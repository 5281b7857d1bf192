package import OCI

/// Versions that are meant, as in `>=1.2 <2`, `~1.4`, `^2`, `1.x`, `1.2 - 1.4` or `1.x || >=3`: what regsync and skopeo take.
///
/// Versions before a release are meant only where a bound is one itself.
package struct VersionRange: Sendable, Hashable {
    private enum Comparison: Sendable, Hashable {
        case equal, unequal, less, lessOrEqual, greater, greaterOrEqual
    }

    private struct Bound: Sendable, Hashable {
        let comparison: Comparison
        let version: SemanticVersion

        func admits(_ other: SemanticVersion) -> Bool {
            switch comparison {
            case .equal: other == version
            case .unequal: other != version
            case .less: other < version
            case .lessOrEqual: other <= version
            case .greater: other > version
            case .greaterOrEqual: other >= version
            }
        }
    }

    /// Alternatives, each with bounds that all have to hold.
    private let alternatives: [[Bound]]

    /// - Throws: ``ImageError`` of code `usage`.
    package init(_ text: String) throws(ImageError) {
        var alternatives: [[Bound]] = []
        for part in text.split(separator: "|", omittingEmptySubsequences: true) {
            alternatives.append(try Self.bounds(of: part, in: text))
        }
        guard !alternatives.isEmpty else { throw Self.refusal(text) }
        self.alternatives = alternatives
    }

    package func contains(_ version: SemanticVersion) -> Bool {
        alternatives.contains { bounds in
            let allowsPrerelease = bounds.contains { !$0.version.prerelease.isEmpty }
            return (version.prerelease.isEmpty || allowsPrerelease) && bounds.allSatisfy { $0.admits(version) }
        }
    }

    private static func refusal(_ text: String) -> ImageError {
        ImageError(
            .usage, "cannot read the versions \"\(text)\"", "they are no range",
            advice: "write them as in '>=1.2 <2', '~1.4', '^2' or '1.x || 3.x'")
    }

    /// The bounds of one alternative: words with commas or spaces between them, an operator maybe by itself.
    private static func bounds(of text: Substring, in whole: String) throws(ImageError) -> [Bound] {
        var words = text.split { $0 == " " || $0 == "," }
        if words.count == 3, words[1] == "-" {
            return try bounds(of: ">=\(words[0])", whole) + bounds(of: "<=\(words[2])", whole)
        }
        guard !words.isEmpty else { throw refusal(whole) }
        var bounds: [Bound] = []
        while !words.isEmpty {
            var word = String(words.removeFirst())
            if word.allSatisfy({ "=!<>~^".contains($0) }), !words.isEmpty { word += words.removeFirst() }
            bounds += try Self.bounds(of: word, whole)
        }
        return bounds
    }

    private static func bounds(of word: String, _ whole: String) throws(ImageError) -> [Bound] {
        let sign = word.prefix { "=!<>~^".contains($0) }
        var text = word[sign.endIndex...]
        let hasPrefix = text.hasPrefix("v")
        if hasPrefix { text = text.dropFirst() }
        // `1.x`, `1.*` and `*` have as many numbers as stand before.
        var numbers: [Int] = []
        var version: SemanticVersion
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if let wild = parts.firstIndex(where: { ["x", "X", "*"].contains($0) }) {
            for part in parts[..<wild] {
                guard let number = SemanticVersion.number(part) else { throw refusal(whole) }
                numbers.append(number)
            }
            guard parts.count <= 3, parts[wild...].allSatisfy({ ["x", "X", "*"].contains($0) }) else {
                throw refusal(whole)
            }
            version = SemanticVersion(numbers)
        } else {
            guard let exact = SemanticVersion(text) else { throw refusal(whole) }
            version = exact
        }
        let lower = Bound(comparison: .greaterOrEqual, version: version)
        /// Everything below the next version in one of the numbers.
        func below(_ place: Int) -> [Bound] {
            guard place >= 0 else { return [] }
            var next = Array([version.major, version.minor, version.patch].prefix(place + 1))
            next[place] += 1
            return [Bound(comparison: .less, version: SemanticVersion(next, prerelease: []))]
        }
        let last = version.precision - 1
        switch sign {
        case "", "=", "==": return last < 2 ? [lower] + below(last) : [Bound(comparison: .equal, version: version)]
        case "!=": return [Bound(comparison: .unequal, version: version)]
        case ">": return last < 2 ? above(below(last)) : [Bound(comparison: .greater, version: version)]
        case ">=", "=>": return [lower]
        case "<": return [Bound(comparison: .less, version: version)]
        case "<=", "=<": return last < 2 ? below(last) : [Bound(comparison: .lessOrEqual, version: version)]
        case "~", "~>": return [lower] + below(min(last, 1))
        case "^":
            let all = [version.major, version.minor, version.patch]
            return [lower] + below(min(all.firstIndex { $0 > 0 } ?? last, last))
        default: throw refusal(whole)
        }
    }

    /// From where others end.
    private static func above(_ bounds: [Bound]) -> [Bound] {
        bounds.map { Bound(comparison: .greaterOrEqual, version: $0.version) }
    }
}
