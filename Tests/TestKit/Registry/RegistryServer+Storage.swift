package import OCI

/// Access to what a registry holds that goes round its HTTP interface, and so round its authentication and round the
/// code under test: the files of its storage, as Distribution's file system driver lays them out.
extension RegistryServer {
    /// Puts a manifest with all that it refers to into a repository, tagged if there is a tag.
    ///
    /// Returns the descriptor, for convenience.
    @discardableResult
    package func put(
        _ content: any TestContent, in repository: String, tag: String? = nil
    ) throws -> Descriptor {
        for child in content.children { try put(child, in: repository) }
        for blob in content.blobs { try put(blob: blob, in: repository) }
        let digest = content.descriptor.digest
        try keep(content.manifest, digest)
        let manifests = "\(path(of: repository))/_manifests"
        try link("\(manifests)/revisions/sha256/\(digest.hex)", to: digest)
        if let tag {
            try link("\(manifests)/tags/\(tag)/index/sha256/\(digest.hex)", to: digest)
            try link("\(manifests)/tags/\(tag)/current", to: digest)
        }
        return content.descriptor
    }

    /// Puts a blob into a repository and returns its digest.
    @discardableResult
    package func put(blob bytes: [UInt8], in repository: String) throws -> Digest {
        let digest = Digest(of: bytes)
        try keep(bytes, digest)
        try link("\(path(of: repository))/_layers/sha256/\(digest.hex)", to: digest)
        return digest
    }

    /// The content of a blob or manifest, in whichever repository it is; `nil` when the registry has never got it.
    package func stored(_ digest: Digest) -> [UInt8]? { try? folder.bytes(data(of: digest)) }

    /// Whether a repository has a blob.
    package func has(blob digest: Digest, in repository: String) -> Bool {
        folder.has("\(path(of: repository))/_layers/sha256/\(digest.hex)/link")
    }

    /// Whether a repository has a manifest.
    package func has(manifest digest: Digest, in repository: String) -> Bool {
        folder.has("\(path(of: repository))/_manifests/revisions/sha256/\(digest.hex)/link")
    }

    /// What a tag points to.
    package func digest(of tag: String, in repository: String) -> Digest? {
        let link = try? folder.text("\(path(of: repository))/_manifests/tags/\(tag)/current/link")
        return link.flatMap { try? Digest($0) }
    }

    /// The tags of a repository, sorted.
    package func tags(of repository: String) -> [String] {
        folder.names(in: "\(path(of: repository))/_manifests/tags")
    }

    /// Writes over the content of a blob or manifest, as a registry that has gone bad would.
    package func corrupt(_ digest: Digest, with bytes: [UInt8]) throws {
        try folder.write(data(of: digest), bytes)
    }

    private func path(of repository: String) -> String { "storage/docker/registry/v2/repositories/\(repository)" }

    private func data(of digest: Digest) -> String {
        "storage/docker/registry/v2/blobs/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))/\(digest.hex)/data"
    }

    private func keep(_ bytes: [UInt8], _ digest: Digest) throws {
        if !folder.has(data(of: digest)) { try folder.write(data(of: digest), bytes) }
    }

    private func link(_ place: String, to digest: Digest) throws {
        try folder.write("\(place)/link", text: digest.description)
    }
}
