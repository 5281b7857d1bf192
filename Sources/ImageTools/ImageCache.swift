internal import Concurrency
internal import JSON
internal import OCI

/// What one run has read of images already, so that nothing is read twice: not by two destinations, and not first for
/// the platform of an image and then to copy it.
package final class ImageCache: Sendable {
    private let manifests = SingleFlight<Digest, ManifestContent>()
    private let configurations = SingleFlight<Digest, JSONDocument>()
    /// Manifests that were read by their tags.
    private let kept = Guarded<[Digest: ManifestContent]>([:])
    private let read = Guarded<[Digest: [UInt8]]>([:])

    package init() {}

    /// A manifest or index by its digest, from a place or from memory.
    func manifest(_ digest: Digest, from source: any ImageSource) async throws -> ManifestContent {
        if let manifest = kept.withLock({ $0[digest] }) { return manifest }
        return try await manifests.value(for: digest) { try await source.manifest(.digest(digest)) }
    }

    /// Keeps a manifest that was read by its tag, or was made and is nowhere yet.
    func keep(_ manifest: ManifestContent) {
        kept.withLock { $0[manifest.digest] = manifest }
    }

    /// The configuration of an image, from memory or by reading it.
    func configuration(
        _ digest: Digest, reading operation: @escaping @Sendable () async throws -> JSONDocument
    ) async throws -> JSONDocument {
        try await configurations.value(for: digest) {
            let document = try await operation()
            self.read.withLock { $0[digest] = document.bytes }
            return document
        }
    }

    /// The bytes of a configuration, if it was read.
    func bytes(of configuration: Digest) -> [UInt8]? { read.withLock { $0[configuration] } }
}
