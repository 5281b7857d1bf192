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

/// A store to read images from, such as a repository in a registry, or an OCI image layout.
///
/// All functions throw ``ImageError``, of code `notFound` if the requested content does not exist.
package protocol ImageSource: Sendable {
    /// The name for display, such as `registry.example/team/app` or `oci-layout:///tmp/images`.
    var name: String { get }

    /// The media type, digest and size of a manifest, without fetching it if possible.
    func resolve(_ reference: ManifestReference) async throws -> Descriptor

    /// A verified manifest or index.
    func manifest(_ reference: ManifestReference) async throws -> ManifestContent

    /// The unverified content of a blob as it arrives; use ``BlobContent`` to verify it.
    ///
    /// - Parameter offset: The number of bytes to skip at the beginning.
    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream

    func hasBlob(_ descriptor: Descriptor) async throws -> Bool

    /// The descriptor of a blob of which only the digest is known, with a generic media type.
    func resolveBlob(_ digest: Digest) async throws -> Descriptor

    /// All tags, sorted.
    func tags() async throws -> [String]

    /// The manifests with a given `subject`, in a stable order.
    func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor]
}

/// A source that knows the full names of images.
package protocol ImageNaming: ImageSource {
    /// The full name of an image, such as `docker.io/library/alpine:3.20`; `nil` if it has none.
    func fullName(of reference: ManifestReference) async throws -> String?
}

/// A source that combines blobs of several others.
package protocol ImageComposite: ImageSource {
    /// The source of a blob, from which the destination may be able to mount it.
    func origin(of blob: Descriptor) -> any ImageSource
}

/// A store to write images to.
package protocol ImageDestination: ImageSource {
    /// Adds a blob.
    ///
    /// - Parameter neighbour: A source from which the blob can be mounted without transferring it.
    func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement

    /// Writes a manifest whose blobs and children exist already.
    func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws

    /// Returns true if the store itself, not a mirror, has a manifest under a tag, so that the tag need not be written
    /// again. Stores in which that costs nothing may always return false.
    func holds(_ manifest: Descriptor, as tag: String) async throws -> Bool

    /// The digests that the store itself lists as referrers of a manifest, so that these need not be written again. Stores
    /// in which that costs nothing may always return none.
    func listedReferrers(of digest: Digest) async throws -> Set<Digest>

    /// True if the order of writing is visible in the result, so content should be written sequentially.
    var keepsOrder: Bool { get }

    /// Refuses content that the store does not support, before any of it is copied.
    func admit(_ manifest: ManifestContent) throws(ImageError)
}

extension ImageDestination {
    package var keepsOrder: Bool { false }
    package func holds(_ manifest: Descriptor, as tag: String) async throws -> Bool { false }
    package func listedReferrers(of digest: Digest) async throws -> Set<Digest> { [] }
    package func admit(_ manifest: ManifestContent) throws(ImageError) {}
}

/// The way to refer to a manifest after it has been written.
package enum ManifestNaming: Hashable, Sendable {
    /// By its digest in another manifest.
    case child
    /// By its digest.
    case digest
    /// By a tag, replacing any existing one.
    case tag(String)
    /// By a tag that is moved at most once: if it is unknown whether that happened, because the response was lost, an
    /// ``ImageError`` of code `interrupted` is thrown.
    ///
    /// If a digest is given and the store can check it, the tag is moved only if it currently has that digest;
    /// otherwise an ``ImageError`` of code `overtaken` is thrown.
    case tagOnce(String, replacing: Digest? = nil)

    package var tag: String? {
        switch self {
        case .child, .digest: nil
        case .tag(let tag), .tagOnce(let tag, replacing: _): tag
        }
    }
}

/// The way in which a blob was added.
package enum BlobPlacement: Sendable, Hashable {
    case existed, mounted, written
}

/// A store that supports removal.
package protocol ImageRemoval: Sendable {
    /// Removes a tag and nothing else.
    func removeTag(_ tag: String) async throws
    /// Removes a manifest, along with all tags that point to it.
    func removeManifest(_ digest: Digest) async throws
}

/// A store that supports reading, writing and removal.
package typealias ImageStore = ImageDestination & ImageRemoval

/// Opens stores by their locations in references.
package protocol ImageStores: Sendable {
    /// - Throws: ``ImageError`` if the kind of store is unknown, or access is blocked.
    func store(at location: Reference.Location) throws(ImageError) -> any ImageStore

    /// Opens a store for writing only. Some stores start empty then.
    ///
    /// - Throws: ``ImageError`` if the kind of store is unknown, or access is blocked.
    func destination(at location: Reference.Location) throws(ImageError) -> any ImageStore
}

extension ImageStores {
    package func destination(at location: Reference.Location) throws(ImageError) -> any ImageStore {
        try store(at: location)
    }
}
