/// The scheme of references to one kind of store: their prefix, their grammar and their description in the help.
///
/// A new kind of store takes a case of ``Reference/Location`` and a row of this table, the type that reads or writes it,
/// and a line in `StoreDirectory`, which opens it.
package struct ReferenceScheme: Sendable {
    /// The prefixes, that of full references first. References to registries have none.
    package let prefixes: [String]
    /// The form of references, as in `store:NAME[:TAG][@DIGEST]`.
    package let form: String
    /// The store, as a phrase that follows the form in the help.
    package let store: String
    let parse: @Sendable (_ parser: ReferenceParser, _ start: Int) throws(ImageError) -> Reference

    /// All schemes. The first one is that of references without a prefix.
    package static let all = [registry, layout, local, ociArchive, dockerArchive]

    static let registry = ReferenceScheme(
        prefixes: [], form: "[registry/]repo[:tag][@digest]", store: "in a registry"
    ) { parser, start throws(ImageError) in
        let (repository, tag, digest) = try parser.parseRepository(from: start)
        return Reference(.repository(repository), tag: tag, digest: digest)
    }

    static let layout = ReferenceScheme(
        prefixes: ["oci-layout://", "oci:"], form: "oci-layout://PATH[:TAG][@DIGEST]",
        store: "in short oci:PATH[:TAG], in an OCI image layout"
    ) { parser, start throws(ImageError) in
        let (path, tag, digest) = try parser.parsePathAndTag(from: start)
        return Reference(.layout(path: path), tag: tag, digest: digest)
    }

    static let local = ReferenceScheme(
        prefixes: ["store:"], form: "store:NAME[:TAG][@DIGEST]", store: "in your local store"
    ) { parser, start throws(ImageError) in
        let (repository, tag, digest) = try parser.parseRepository(from: start)
        return Reference(.stored(repository), tag: tag, digest: digest)
    }

    static let ociArchive = ReferenceScheme(
        prefixes: ["\(Reference.ArchiveFormat.oci.rawValue):"], form: "oci-archive:FILE[:TAG][@DIGEST]",
        store: "in a tar archive of a layout"
    ) { parser, start throws(ImageError) in
        let (path, tag, digest) = try parser.parsePathAndTag(from: start)
        return Reference(.archive(.oci, path: path), tag: tag, digest: digest)
    }

    static let dockerArchive = ReferenceScheme(
        prefixes: ["\(Reference.ArchiveFormat.docker.rawValue):"], form: "docker-archive:FILE[:NAME[:TAG]][@DIGEST]",
        store: "in an archive of docker save"
    ) { parser, start throws(ImageError) in try parser.parseDockerArchive(from: start) }

    /// The prefix of full forms.
    var prefix: String { prefixes.first ?? "" }

    /// The scheme of a text with a prefix, and the offset behind the prefix in UTF-8 bytes.
    static func named(in text: String) -> (scheme: ReferenceScheme, start: Int)? {
        for scheme in all {
            if let prefix = scheme.prefixes.first(where: text.hasPrefix) { return (scheme, prefix.utf8.count) }
        }
        return nil
    }
}

extension Reference {
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
            case .repository(let repository): ReferenceScheme.registry.prefix + repository.description
            case .layout(let path): ReferenceScheme.layout.prefix + path
            case .stored(let repository): ReferenceScheme.local.prefix + repository.description
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
}

extension Reference.Location {
    /// The full name of the images without their tags; `nil` for stores without such names.
    package var repository: Repository? {
        switch self {
        case .repository(let repository), .stored(let repository): repository
        case .layout, .archive: nil
        }
    }

    /// The path of the file or folder; `nil` for other stores.
    package var path: String? {
        get {
            switch self {
            case .layout(let path), .archive(_, let path): path
            case .repository, .stored: nil
            }
        }
        set {
            guard let newValue else { return }
            switch self {
            case .layout: self = .layout(path: newValue)
            case .archive(let format, _): self = .archive(format, path: newValue)
            case .repository, .stored: break
            }
        }
    }

    /// True for an archive on stdin or stdout.
    package var isPipe: Bool {
        if case .archive(_, path: "-") = self { true } else { false }
    }

    /// True if the tags are full names.
    package var tagsAreNames: Bool {
        if case .archive(.docker, _) = self { true } else { false }
    }
}
