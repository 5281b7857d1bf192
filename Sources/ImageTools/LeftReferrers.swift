internal import Concurrency
internal import OCI

/// The referrers of an image that a copy leaves behind, to be reported.
///
/// A few small requests are enough: for the list of referrers of the image itself, but not of images in an index, and for
/// the tag of its signature by cosign.
struct LeftReferrers: Sendable {
    private let source: any ImageSource
    private let digest: Digest
    private let cache: ImageCache
    private let found = SingleFlight<Digest, Int>()

    /// - Parameter digest: The manifest that is copied.
    init(of digest: Digest, in source: any ImageSource, cache: ImageCache) {
        (self.digest, self.source, self.cache) = (digest, source, cache)
    }

    /// One line about them; `nil` if there are none, or if the source does not tell.
    func note() async throws -> String? {
        let count = try await found.value(for: digest) {
            async let referrers = self.count { try await cache.referrers(of: digest, in: source).count }
            async let signatures = self.count {
                _ = try await source.resolve(.tag(DigestTags.signature(of: digest)))
                return 1
            }
            return try await referrers + signatures
        }
        return count == 0 ? nil : ReferrerCopy.note(of: [(digest, count)], in: source)
    }

    /// The copy itself does not depend on what else a source tells.
    private func count(_ count: () async throws -> Int) async throws -> Int {
        do { return try await count() } catch is ImageError { return 0 }
    }
}
