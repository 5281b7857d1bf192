package import Concurrency

/// A tag or a digest: what the distribution-spec calls `<reference>`.
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

/// One place to read images from: a repository of a registry, or an OCI image layout.
///
/// Every function throws ``ImageError``, of code `notFound` when what was asked for is not there.
package protocol ImageSource: Sendable {
    /// What people call it, as in `registry.example/team/app` or `oci-layout:///tmp/images`.
    var name: String { get }

    /// Media type, digest and size of a manifest, without fetching it where that can be helped.
    func resolve(_ reference: ManifestReference) async throws -> Descriptor

    /// A manifest or index, verified.
    func manifest(_ reference: ManifestReference) async throws -> ManifestContent

    /// The content of a blob as it comes, not yet verified: read it through ``BlobContent``.
    ///
    /// - Parameter offset: How many bytes at the beginning are left out.
    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream

    func hasBlob(_ descriptor: Descriptor) async throws -> Bool

    /// A descriptor of a blob of which only the digest is known, its media type that of any bytes.
    func resolveBlob(_ digest: Digest) async throws -> Descriptor

    /// Every tag, sorted.
    func tags() async throws -> [String]

    /// What refers to a manifest by its `subject`, in a stable order.
    func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor]
}

/// A source of images that have full names there.
package protocol ImageNaming: ImageSource {
    /// What an image is called in full, as in `docker.io/library/alpine:3.20`; `nil` when it has no such name.
    func fullName(of reference: ManifestReference) async throws -> String?
}

/// A source whose blobs come from several places.
package protocol ImageComposite: ImageSource {
    /// The place that a blob comes from; it may be next door to where it goes.
    func origin(of blob: Descriptor) -> any ImageSource
}

/// One place to write images to.
package protocol ImageDestination: ImageSource {
    /// Makes a blob exist.
    ///
    /// - Parameter neighbour: Where it can be had without moving bytes, when that is a place next door.
    func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement

    /// Writes a manifest whose blobs and children are there already.
    func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws

    /// Returns true if the store itself, not a mirror, has a manifest under a tag, so that the tag need not be written
    /// again. Stores in which that costs nothing may always return false.
    func holds(_ manifest: Descriptor, as tag: String) async throws -> Bool

    /// The digests that the store itself lists as referrers of a manifest, so that these need not be written again. Stores
    /// in which that costs nothing may always return none.
    func listedReferrers(of digest: Digest) async throws -> Set<Digest>

    /// Whether the order in which things are written shows, so that they are to be written one after the other.
    var keepsOrder: Bool { get }

    /// Refuses what the place cannot hold, before any of it is copied there.
    func admit(_ manifest: ManifestContent) throws(ImageError)
}

extension ImageDestination {
    package var keepsOrder: Bool { false }
    package func holds(_ manifest: Descriptor, as tag: String) async throws -> Bool { false }
    package func listedReferrers(of digest: Digest) async throws -> Set<Digest> { [] }
    package func admit(_ manifest: ManifestContent) throws(ImageError) {}
}

/// How a manifest is to be found after it was written.
package enum ManifestNaming: Hashable, Sendable {
    /// By another manifest that names its digest.
    case child
    /// By its digest.
    case digest
    /// By a tag, which moves if it exists.
    case tag(String)
    /// By a tag, which is moved at most once: when it cannot be told whether that was done, because the answer got lost,
    /// that is an ``ImageError`` of code `interrupted`.
    ///
    /// With a digest, a place that can tell moves the tag only while it has that, and else throws an ``ImageError`` of code
    /// `overtaken`.
    case tagOnce(String, replacing: Digest? = nil)

    package var tag: String? {
        switch self {
        case .child, .digest: nil
        case .tag(let tag), .tagOnce(let tag, replacing: _): tag
        }
    }
}

/// How a blob came to be in its place.
package enum BlobPlacement: Sendable, Hashable {
    case existed, mounted, written
}

/// A place that can forget.
package protocol ImageRemoval: Sendable {
    /// Removes a tag and nothing else.
    func removeTag(_ tag: String) async throws
    /// Removes a manifest, and with it every tag that points to it.
    func removeManifest(_ digest: Digest) async throws
}

/// A place that images can be read from, written to and removed from.
package typealias ImageStore = ImageDestination & ImageRemoval

/// Opens places by what references say.
package protocol ImageStores: Sendable {
    /// - Throws: ``ImageError`` when there is no such kind of place, or it may not be used.
    func store(at location: Reference.Location) throws(ImageError) -> any ImageStore

    /// Opens a place that is only written to. There, some places begin anew.
    ///
    /// - Throws: ``ImageError`` when there is no such kind of place, or it may not be used.
    func destination(at location: Reference.Location) throws(ImageError) -> any ImageStore
}

extension ImageStores {
    package func destination(at location: Reference.Location) throws(ImageError) -> any ImageStore {
        try store(at: location)
    }
}
