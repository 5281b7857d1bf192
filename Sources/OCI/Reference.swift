/// A reference to an image: a location with an optional tag, digest, or both.
///
/// The grammar is `[registry/]repo[:tag][@digest]` with Docker's defaults, `oci-layout://PATH[:TAG][@DIGEST]` and its
/// short form `oci:PATH[:TAG][@DIGEST]`, `store:NAME[:TAG][@DIGEST]` in the local store,
/// `oci-archive:FILE[:TAG][@DIGEST]`, or `docker-archive:FILE[:NAME[:TAG]][@DIGEST]`, whose tags are full names.
package struct Reference: Hashable, Sendable, CustomStringConvertible {
    /// The location of images.
    package enum Location: Hashable, Sendable, CustomStringConvertible {
        case repository(Repository)
        /// An OCI image layout in a folder.
        case layout(path: String)
        /// The images of one name in the local store; the full name, like that of a repository.
        case stored(Repository)
        /// A tar archive of images; `-` for stdin or stdout.
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

    /// The format of a tar archive of images. The raw value is the scheme in references.
    package enum ArchiveFormat: String, Sendable, CaseIterable {
        /// An OCI image layout in an archive.
        case oci = "oci-archive"
        /// The format of `docker save`.
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
        if case .archive(.docker, _) = location, tag == Self.defaultTag { tag = nil }
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
