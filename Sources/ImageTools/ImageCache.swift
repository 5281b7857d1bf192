internal import Concurrency
internal import JSON
internal import OCI

/// A cache of manifests and configurations for one run, so that nothing is read twice, for instance for several
/// destinations, or first for the platform of an image and then for copying it.
package final class ImageCache: Sendable {
    private let manifests = SingleFlight<Digest, ManifestContent>()
    private let referrers = SingleFlight<StoredDigest, [Descriptor]>()
    private let configurations = SingleFlight<Digest, JSONDocument>()
    /// Manifests that were read by tag.
    private let kept = Guarded<[Digest: ManifestContent]>([:])
    /// The stores of those manifests, where they are known.
    private let places = Guarded<Set<StoredDigest>>([])
    private let read = Guarded<[Digest: [UInt8]]>([:])

    package init() {}

    /// A manifest or index that another one lists, by its entry, from the cache, the entry itself or a store.
    func manifest(of entry: Descriptor, from source: any ImageSource) async throws -> ManifestContent {
        if let manifest = kept.withLock({ $0[entry.digest] }) { return manifest }
        return try await manifests.value(for: entry.digest) {
            if let embedded = entry.embeddedContent {
                return try ManifestContent(
                    bytes: embedded, mediaType: entry.mediaType, digest: entry.digest, of: source.name)
            }
            do { return try await source.manifest(.digest(entry.digest)) } catch let error as ImageError {
                throw error.inside
            }
        }
    }

    /// A manifest or index that a reference names, from a store unless it was read there by its digest before.
    func manifest(_ reference: ManifestReference, from source: any ImageSource) async throws -> ManifestContent {
        if let digest = reference.digest, let manifest = kept.withLock({ $0[digest] }),
            places.withLock({ $0.contains(StoredDigest(store: source.name, digest: digest)) })
        {
            return manifest
        }
        let manifest = try await source.manifest(reference)
        keep(manifest, of: source)
        return manifest
    }

    /// Adds a manifest that a store has.
    func keep(_ manifest: ManifestContent, of source: any ImageSource) {
        keep(manifest)
        places.withLock { _ = $0.insert(StoredDigest(store: source.name, digest: manifest.digest)) }
    }

    /// Adds a manifest that was read by tag, or that is new and not in any store yet.
    func keep(_ manifest: ManifestContent) {
        kept.withLock { $0[manifest.digest] = manifest }
    }

    /// The referrers of a manifest in a store, from the cache or from the store.
    func referrers(of digest: Digest, in source: any ImageSource) async throws -> [Descriptor] {
        try await referrers.value(for: StoredDigest(store: source.name, digest: digest)) {
            try await source.knownReferrers(of: digest)
        }
    }

    private struct StoredDigest: Hashable, Sendable {
        let store: String
        let digest: Digest
    }

    /// The configuration of an image, from the cache or from a store.
    func configuration(
        _ digest: Digest, reading operation: @escaping @Sendable () async throws -> JSONDocument
    ) async throws -> JSONDocument {
        try await configurations.value(for: digest) {
            let document = try await operation()
            self.read.withLock { $0[digest] = document.bytes }
            return document
        }
    }

    /// The bytes of a configuration, if it is in the cache.
    func bytes(of configuration: Digest) -> [UInt8]? { read.withLock { $0[configuration] } }
}
