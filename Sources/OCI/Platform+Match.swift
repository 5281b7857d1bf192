extension Platform {
    /// Returns true if an image for `other` is exactly for this platform (containerd's matcher): equal when normalised,
    /// with this platform's features among the other's, and on Windows a version of the same build.
    package func matches(_ other: Platform) -> Bool {
        let (mine, theirs) = (normalized, other.normalized)
        guard mine.os == theirs.os, mine.architecture == theirs.architecture, mine.variant == theirs.variant else {
            return false
        }
        guard Set(mine.osFeatures).isSubset(of: theirs.osFeatures) else { return false }
        guard mine.os == "windows", let version = mine.osVersion, let candidate = theirs.osVersion else { return true }
        return candidate == version || candidate.hasPrefix("\(version).") || version.hasPrefix("\(candidate).")
    }

    /// The platforms whose images run here, the best first (containerd's `platforms.Only`): `arm/v7` also runs `v6` and
    /// `v5`, `arm64` also `arm`, `amd64` also `386`.
    package var acceptable: [Platform] {
        let platform = normalized
        func with(_ architecture: String, _ variant: String?) -> Platform {
            var other = platform
            other.architecture = architecture
            other.variant = variant
            return other
        }
        /// The number in a variant such as `v7`, limited, since the text is untrusted.
        func version(_ variant: String?) -> Int? {
            variant.flatMap { Int($0.dropFirst()) }.map { min($0, Self.newestVersion) }
        }
        func armFallbacks(below version: Int) -> [Platform] {
            stride(from: version, through: 5, by: -1).map { with("arm", "v\($0)") }
        }
        switch platform.architecture {
        case "amd64":
            let level = version(platform.variant) ?? 1
            let lower = stride(from: level - 1, through: 1, by: -1).map { with("amd64", $0 == 1 ? nil : "v\($0)") }
            return [platform] + lower + [with("386", nil)]
        case "arm":
            guard let version = version(platform.variant) else { return [platform] }
            return [platform] + armFallbacks(below: version - 1)
        case "arm64":
            let older = Self.arm64Versions(from: platform.variant ?? "v8").filter { $0 != platform.variant }
            return [platform] + older.map { with("arm64", $0) } + armFallbacks(below: 8)
        default:
            return [platform]
        }
    }

    /// The index of the best of several candidates for this platform, the first of several equally good ones; `nil` if
    /// none of them runs here.
    package func best(of candidates: [Platform?]) -> Int? {
        for wanted in acceptable {
            if let index = candidates.firstIndex(where: { $0.map(wanted.matches) ?? false }) { return index }
        }
        return nil
    }

    /// An upper limit for the versions of an architecture.
    private static let newestVersion = 32

    /// The versions of arm64 that run on a given one: v9.x runs all lower ones of v9, and v8 up to v8.(x+5).
    private static func arm64Versions(from variant: String) -> [String?] {
        let numbers = variant.dropFirst().split(separator: ".").map { Int($0) }
        guard let major = numbers.first ?? nil, major == 8 || major == 9 else { return [variant] }
        let minor = min((numbers.count > 1 ? numbers[1] : 0) ?? 0, newestVersion)
        func spelled(_ major: Int, _ minor: Int) -> String? {
            if minor > 0 { return "v\(major).\(minor)" }
            return major == 8 ? nil : "v\(major)"
        }
        let own = stride(from: minor, through: 0, by: -1).map { spelled(major, $0) }
        if major == 8 { return own }
        return own + stride(from: minor + 5, through: 0, by: -1).map { spelled(8, $0) }
    }
}
