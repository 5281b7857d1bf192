/// A reference to an image: a location with an optional tag, digest, or both.
///
/// ``ReferenceScheme`` has the grammar of each kind.
package struct Reference: Hashable, Sendable, CustomStringConvertible {
    package var location: Location
    package var tag: String?
    package var digest: Digest?

    package init(_ location: Location, tag: String? = nil, digest: Digest? = nil) {
        self.location = location
        self.tag = tag
        self.digest = digest
    }

    /// The part of the reference that selects a manifest: the digest, or else the tag, or else `latest`.
    package var manifestReference: ManifestReference {
        digest.map { .digest($0) } ?? .tag(tag ?? Self.defaultTag)
    }

    package static let defaultTag = "latest"

    /// The full form, with all defaults filled in.
    package var description: String {
        let name = location.description
        var tag = tag ?? (digest == nil ? Self.defaultTag : nil)
        // Names are optional in an archive, and there is no default tag.
        if location.tagsAreNames, tag == Self.defaultTag { tag = nil }
        return name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The same location and tag, with a digest.
    package func pinned(to digest: Digest) -> Reference {
        Reference(location, tag: tag ?? (self.digest == nil ? Self.defaultTag : nil), digest: digest)
    }
}

/// A repository in a registry.
package struct Repository: Hashable, Sendable, CustomStringConvertible {
    /// The registry, such as `docker.io`, `localhost:5000` or `[::1]:5000`.
    package let host: String
    /// The path in the registry, such as `library/alpine`.
    package let path: String

    package init(host: String, path: String) {
        self.host = host
        self.path = path
    }

    package var description: String { "\(host)/\(path)" }

    /// The short form of the name, without Docker's defaults.
    package var familiarName: String {
        guard host == "docker.io" else { return description }
        let library = "library/"
        return path.hasPrefix(library) ? String(path.dropFirst(library.count)) : path
    }
}
