/// What a command's argument names: a place, and in it optionally a tag, a digest, or both.
///
/// The grammar is `[registry/]repo[:tag][@digest]` with Docker's defaults, `oci-layout://PATH[:TAG][@DIGEST]` and its
/// short form `oci:PATH[:TAG][@DIGEST]`, `store:NAME[:TAG][@DIGEST]` in this user's local store,
/// `oci-archive:FILE[:TAG][@DIGEST]`, or `docker-archive:FILE[:NAME[:TAG]][@DIGEST]`, whose tags are full names.
package struct Reference: Hashable, Sendable, CustomStringConvertible {
    /// Where images are.
    package enum Location: Hashable, Sendable, CustomStringConvertible {
        case repository(Repository)
        /// The folder of an OCI image layout.
        case layout(path: String)
        /// The images of one name in the local store; the name is a full one, as that of a repository.
        case stored(Repository)
        /// A tar archive of images; `-` is what is piped in or out.
        case archive(ArchiveFormat, path: String)

        package var description: String {
            switch self {
            case .repository(let repository): repository.description
            case .layout(let path): "oci-layout://\(path)"
            case .stored(let repository): "store:\(repository)"
            case .archive(let format, let path): "\(format.rawValue):\(path)"
            }
        }
    }

    /// How images are put into a tar archive. The value is what references begin with.
    package enum ArchiveFormat: String, Sendable, CaseIterable {
        /// An image layout, packed.
        case oci = "oci-archive"
        /// What `docker save` makes.
        case docker = "docker-archive"
    }

    package var location: Location
    package var tag: String?
    package var digest: Digest?

    package init(_ location: Location, tag: String? = nil, digest: Digest? = nil) {
        self.location = location
        self.tag = tag
        self.digest = digest
    }

    /// What to ask the place for: the digest if there is one, else the tag, else `latest`.
    package var manifestReference: ManifestReference {
        digest.map { .digest($0) } ?? .tag(tag ?? Self.defaultTag)
    }

    package static let defaultTag = "latest"

    /// The full form, with everything that was left out.
    package var description: String {
        let name = location.description
        var tag = tag ?? (digest == nil ? Self.defaultTag : nil)
        // Names are optional in an archive, and a tag is none.
        if case .archive(.docker, _) = location, tag == Self.defaultTag { tag = nil }
        return name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The same place and tag, pinned to a digest.
    package func pinned(to digest: Digest) -> Reference {
        Reference(location, tag: tag ?? (self.digest == nil ? Self.defaultTag : nil), digest: digest)
    }
}

/// A repository of a registry.
package struct Repository: Hashable, Sendable, CustomStringConvertible {
    /// The registry, as in `docker.io`, `localhost:5000` or `[::1]:5000`.
    package let host: String
    /// The path below it, as in `library/alpine`.
    package let path: String

    package init(host: String, path: String) {
        self.host = host
        self.path = path
    }

    package var description: String { "\(host)/\(path)" }

    /// The name as people write it, without what Docker's defaults say.
    package var familiarName: String {
        guard host == "docker.io" else { return description }
        let library = "library/"
        return path.hasPrefix(library) ? String(path.dropFirst(library.count)) : path
    }
}
