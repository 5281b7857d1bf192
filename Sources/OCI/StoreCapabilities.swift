/// A source that lists its tags.
package protocol TagListing: ImageSource {
    /// All tags, sorted.
    func tags() async throws -> [String]
}

/// A source that lists the referrers of a manifest (distribution-spec, "Listing Referrers").
package protocol ReferrerListing: ImageSource {
    /// The manifests whose `subject` is a given one, in a stable order.
    ///
    /// - Parameter artifactType: The artifact type to filter by; `nil` for all.
    func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor]
}

/// A source that tells the sizes of blobs.
package protocol BlobResolving: ImageSource {
    /// The descriptor of a blob with its size; the media type is ``MediaType/anyBytes``.
    func resolveBlob(_ digest: Digest) async throws -> Descriptor
}

/// A source of images with full names.
package protocol ImageNaming: ImageSource {
    /// The full name of an image, as in `docker.io/library/alpine:3.20`; `nil` when it has none.
    func fullName(of reference: ManifestReference) async throws -> String?
}

/// A source whose blobs come from several other sources.
package protocol ImageComposite: ImageSource {
    /// The source of a blob, which may be in the same registry as the destination.
    func origin(of blob: Descriptor) -> any ImageSource
}

/// A store from which tags and manifests can be removed.
package protocol ImageRemoval: ImageResolver {
    /// Removes a tag and nothing else.
    func removeTag(_ tag: String) async throws
    /// Removes a manifest and every tag of it.
    func removeManifest(_ digest: Digest) async throws
}

/// A destination that tells what it holds, so that this need not be written again.
package protocol PresenceChecking: ImageDestination {
    /// Returns true if the store itself, not a mirror, has a manifest under a tag.
    func holds(_ manifest: Descriptor, as tag: String) async throws -> Bool

    /// The digests that the store itself, not a mirror, lists as referrers of a manifest.
    func listedReferrers(of digest: Digest) async throws -> Set<Digest>
}

/// A destination that is written as one stream, such as a tar archive. Its bytes depend on the order of the writes, so
/// there is one at a time.
package protocol StreamDestination: ImageDestination {
    /// Checks that the format can hold a manifest.
    ///
    /// - Throws: ``ImageError`` if not.
    func admit(_ manifest: ManifestContent) throws(ImageError)
}

extension ImageDestination {
    /// Checks that the destination can hold a manifest, before anything is copied there.
    ///
    /// - Throws: ``ImageError`` if not.
    package func checkFit(of manifest: ManifestContent) throws(ImageError) {
        try (self as? any StreamDestination)?.admit(manifest)
    }
}

extension ImageResolver {
    /// The store with an optional capability.
    ///
    /// - Parameter attempt: The operation that needs the capability, for the message.
    /// - Throws: ``ImageError`` of code `usage` if the store does not have it.
    package func capable<Capability>(of _: Capability.Type, _ attempt: String) throws(ImageError) -> Capability {
        guard let capable = self as? Capability else {
            throw ImageError(.usage, attempt, "stores of its kind cannot do that")
        }
        return capable
    }
}

extension ImageSource {
    /// The referrers of a manifest; empty if the source does not list any.
    package func knownReferrers(of digest: Digest, artifactType: String? = nil) async throws -> [Descriptor] {
        try await (self as? any ReferrerListing)?.referrers(of: digest, artifactType: artifactType) ?? []
    }
}
