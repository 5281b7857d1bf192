package import OCI

/// An image that all nodes of a build use, at the same digest.
package struct PinnedImage: Sendable {
    /// The name in the Dockerfile, or of a named context.
    package let name: String
    package let reference: Reference
    package let digest: Digest
    /// The source to send it from, if nodes cannot read it themselves.
    package let source: (any ImageSource)?

    package init(name: String, reference: Reference, digest: Digest, source: (any ImageSource)?) {
        self.name = name
        self.reference = reference
        self.digest = digest
        self.source = source
    }

    /// The same image under the name of a context.
    package func named(_ name: String) -> PinnedImage {
        PinnedImage(name: name, reference: reference, digest: digest, source: source)
    }

    /// The name as BuildKit compares it, without Docker's defaults.
    var contextName: String {
        guard let reference = try? Reference(parsing: name), let repository = reference.location.repository else {
            return name
        }
        let tag = reference.tag.flatMap { $0 == Reference.defaultTag ? nil : ":\($0)" } ?? ""
        return repository.familiarName + tag + (reference.digest.map { "@\($0)" } ?? "")
    }

    /// The name of the store that a node reads it from, if it is sent.
    var storeName: String { "imgtool-\(digest.hex.prefix(12))" }

    /// The location of the image for BuildKit.
    var location: String {
        if source == nil, let repository = reference.location.repository {
            return "docker-image://\(repository)@\(digest)"
        }
        return "oci-layout://\(storeName)@\(digest)"
    }
}
