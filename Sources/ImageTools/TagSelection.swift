package import OCI

/// A regular expression for names of tags or repositories.
package struct TagPattern: Sendable, Hashable {
    private let text: String

    /// - Throws: ``ImageError`` of code `usage`.
    package init(_ text: String) throws(ImageError) {
        do {
            _ = try Regex(text)
        } catch {
            throw ImageError(.usage, "cannot read the regular expression \"\(text)\"", "\(error)")
        }
        self.text = text
    }

    /// A pattern that has to match all of a name.
    package init(whole text: String) throws(ImageError) { try self.init("^(?:\(text))$") }

    /// The names that the expression is found in, in their order.
    package func filter(_ names: [String]) -> [String] {
        guard let regex = try? Regex(text) else { return [] }
        return names.filter { (try? regex.firstMatch(in: $0)) ?? nil != nil }
    }
}

/// The order of tags.
package enum TagOrder: String, Sendable, CaseIterable {
    case name
    /// By version; tags that are none come first, by name.
    case semver
    /// By the time of creation that the images say.
    case time
}

/// Which tags of a repository are meant.
package struct TagSelection: Sendable, Hashable {
    /// Tags that one of these is found in; all when empty.
    package var allowed: [TagPattern] = []
    /// Tags that none of these is found in.
    package var denied: [TagPattern] = []
    /// Versions in one of these ranges; any tags when empty.
    package var versions: [VersionRange] = []
    /// Tags by their names, which need not be listed; none are listed then. `nil` for those that there are.
    package var names: [String]?
    /// The maximum number of highest versions to take.
    package var newest: Int?

    package init() {}

    package var isEverything: Bool { self == TagSelection() }

    /// The tags that are meant, in the order of their names.
    package func choose(from tags: [String]) -> [String] {
        var chosen = tags
        if !allowed.isEmpty {
            let kept = Set(allowed.flatMap { $0.filter(chosen) })
            chosen = chosen.filter(kept.contains)
        }
        let unwanted = Set(denied.flatMap { $0.filter(chosen) })
        chosen = chosen.filter { !unwanted.contains($0) }
        if !versions.isEmpty {
            chosen = chosen.filter { tag in
                SemanticVersion(tag).map { v in versions.contains { $0.contains(v) } } ?? false
            }
        }
        if let newest {
            // Those before a release are meant only where a range says so.
            let known = chosen.compactMap { tag in SemanticVersion(tag).map { (tag: tag, version: $0) } }
                .filter { !versions.isEmpty || $0.version.prerelease.isEmpty }
            let highest = known.sorted { $0.version != $1.version ? $0.version > $1.version : $0.tag < $1.tag }
            chosen = highest.prefix(newest).map(\.tag)
        }
        return chosen.sorted()
    }

    /// Tags in the order of their versions, the lowest first; what is no version comes before.
    package static func sorted(_ tags: [String]) -> [String] {
        tags.map { (tag: $0, version: SemanticVersion($0)) }.sorted { left, right in
            switch (left.version, right.version) {
            case (let one?, let other?): one != other ? one < other : left.tag < right.tag
            case (nil, _?): true
            case (_?, nil): false
            case (nil, nil): left.tag < right.tag
            }
        }.map(\.tag)
    }
}

extension DigestTags {
    /// Returns true for a tag derived from a digest instead of chosen by someone: one of cosign's, or that of a list of
    /// referrers where a registry has no API for these (distribution-spec, "Referrers Tag Schema").
    static func isReserved(_ tag: String) -> Bool {
        subject(of: tag) != nil || (try? Digest(tag.replacing("-", with: ":", maxReplacements: 1))) != nil
    }
}
