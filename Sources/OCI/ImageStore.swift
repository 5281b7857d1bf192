package import Concurrency

/// A tag or a digest: a `<reference>` in the distribution-spec.
package enum ManifestReference: Hashable, Sendable, CustomStringConvertible {
    case tag(String)
    case digest(Digest)

    package var description: String {
        switch self {
        case .tag(let tag): tag
        case .digest(let digest): digest.description
        }
    }

    package var digest: Digest? {
        if case .digest(let digest) = self { digest } else { nil }
    }
}

/// A store of images by tag and digest: a repository in a registry, an OCI image layout, an archive.
///
/// Every function of a store throws ``ImageError``, of code `notFound` for missing content. Optional capabilities are
/// protocols of their own (``TagListing``, ``ReferrerListing``, …), which callers ask for with `as?`.
package protocol ImageResolver: Sendable {
    /// The name for messages, as in `registry.example/team/app` or `oci-layout:///tmp/images`.
    var name: String { get }

    /// The media type, digest and size of a manifest, without reading it if possible.
    func resolve(_ reference: ManifestReference) async throws -> Descriptor
}

/// A store to read images from.
package protocol ImageSource: ImageResolver {
    /// A manifest or index, verified.
    func manifest(_ reference: ManifestReference) async throws -> ManifestContent

    /// The content of a blob, not verified; use ``BlobContent`` for verified content.
    ///
    /// - Parameter offset: The number of bytes to skip at the beginning.
    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream
}

/// A store to write images to.
package protocol ImageDestination: ImageResolver {
    /// Ensures that a blob exists.
    ///
    /// - Parameter neighbour: The source of the blob, from which it is mounted if both are in the same registry.
    func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement

    /// Writes a manifest whose blobs and children exist.
    func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws
}

/// A store to read from and to write to.
package typealias ImageStore = ImageSource & ImageDestination

/// The name of a manifest that is written.
package enum ManifestNaming: Hashable, Sendable {
    /// None of its own: another manifest refers to its digest.
    case child
    /// Its digest.
    case digest
    /// A tag, which moves if it exists.
    case tag(String)
    /// A tag, which is moved at most once. If the response is lost, the error is an ``ImageError`` of code `interrupted`.
    ///
    /// With a digest, stores that support it move the tag only from that digest, and else throw an ``ImageError`` of
    /// code `overtaken`.
    case tagOnce(String, replacing: Digest? = nil)

    package var tag: String? {
        switch self {
        case .child, .digest: nil
        case .tag(let tag), .tagOnce(let tag, replacing: _): tag
        }
    }
}

/// The way in which a blob came into a store.
package enum BlobPlacement: Sendable, Hashable {
    case existed, mounted, written
}

/// The stores that references name.
package protocol ImageStores: Sendable {
    /// Opens a store to read from it.
    ///
    /// - Throws: ``ImageError`` if the store cannot be opened.
    func source(at location: Reference.Location) throws(ImageError) -> any ImageSource

    /// Opens a store to change what is in it.
    ///
    /// - Throws: ``ImageError`` if the store cannot be opened or changed.
    func store(at location: Reference.Location) throws(ImageError) -> any ImageStore

    /// Opens a store only to write to it. An archive is replaced.
    ///
    /// - Throws: ``ImageError`` if the store cannot be opened.
    func destination(at location: Reference.Location) throws(ImageError) -> any ImageDestination
}
