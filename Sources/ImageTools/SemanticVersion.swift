/// A tag that is a version (semver.org), as in `1.4.2` or `v1.5.0-rc.1`. Missing numbers are zero.
package struct SemanticVersion: Sendable, Hashable, Comparable {
    package let major: Int
    package let minor: Int
    package let patch: Int
    /// The identifiers of a version before a release; none for a release.
    let prerelease: [String]
    /// The number of version parts that are written, up to three.
    let precision: Int

    /// - Returns: `nil` when it is none.
    package init?(_ text: some StringProtocol) {
        var rest = text.hasPrefix("v") ? Substring(text.dropFirst()) : Substring(text)
        if let plus = rest.firstIndex(of: "+") { rest = rest[..<plus] }
        var identifiers: [String] = []
        if let dash = rest.firstIndex(of: "-") {
            identifiers = rest[rest.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            rest = rest[..<dash]
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap(Self.number)
        guard 1...3 ~= parts.count, numbers.count == parts.count,
            !identifiers.contains("")
        else { return nil }
        self.init(numbers, prerelease: identifiers)
    }

    /// A number without a sign, of at most 15 digits.
    static func number(_ text: Substring) -> Int? {
        text.count <= 15 && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }

    init(_ numbers: [Int], prerelease: [String] = []) {
        precision = numbers.count
        let all = numbers + [0, 0, 0]
        (major, minor, patch) = (all[0], all[1], all[2])
        self.prerelease = prerelease
    }

    package static func == (left: Self, right: Self) -> Bool { !(left < right) && !(right < left) }

    package func hash(into hasher: inout Hasher) {
        for number in [major, minor, patch] { hasher.combine(number) }
        hasher.combine(prerelease)
    }

    /// The order of versions (semver.org, 11).
    package static func < (left: Self, right: Self) -> Bool {
        let (mine, theirs) = ([left.major, left.minor, left.patch], [right.major, right.minor, right.patch])
        if mine != theirs { return mine.lexicographicallyPrecedes(theirs) }
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        for (one, other) in zip(left.prerelease, right.prerelease) where one != other {
            switch (Int(one), Int(other)) {
            case (let one?, let other?): return one < other
            case (_?, nil): return true
            case (nil, _?): return false
            case (nil, nil): return one.utf8.lexicographicallyPrecedes(other.utf8)
            }
        }
        return left.prerelease.count < right.prerelease.count
    }
}
