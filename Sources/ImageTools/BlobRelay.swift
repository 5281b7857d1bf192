internal import Concurrency
package import OCI

/// Blobs that several destinations need: each is read once from where it is, and then from a copy that lasts as long as
/// the run.
package final class BlobRelay: Sendable {
    private let blobs = SingleFlight<Digest, BlobContent>()
    private let stores: any ImageStores

    init(_ stores: any ImageStores) {
        self.stores = stores
    }

    /// A relay for copies from one place to several, when reading there costs something.
    package static func between(
        _ source: Reference.Location, _ destinations: [Reference.Location], in stores: any ImageStores
    ) -> BlobRelay? {
        guard case .repository = source, Set(destinations).count > 1 else { return nil }
        return BlobRelay(stores)
    }

    /// The content of a blob, which is fetched by the first destination that lacks it.
    func content(_ blob: Descriptor, in source: any ImageSource) -> BlobContent {
        let (blobs, stores) = (blobs, stores)
        return BlobContent(blob, of: source.name) { offset in
            let kept = try await blobs.value(for: blob.digest) {
                try await stores.kept(BlobContent(blob, in: source))
            }
            return try await kept.raw(from: offset)
        }
    }
}
