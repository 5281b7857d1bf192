internal import OCI

/// Makes copies of what refers to a manifest that refer to another one instead.
struct ReferrerMove: Sendable {
    private static let maximumDepth = 8

    private let store: any ImageDestination
    private let copier: ImageCopier

    init(in store: any ImageDestination, _ copier: ImageCopier) {
        self.store = store
        self.copier = copier
    }

    /// Copies every referrer with its subject changed, and the referrers of each, which then refer to the copy.
    ///
    /// - Parameter moved: Referrers that have been moved already.
    func copy(from old: Digest, to new: ManifestContent, except moved: Set<Digest>, depth: Int = 0) async throws {
        guard depth < Self.maximumDepth else { return }
        for entry in try await store.referrers(of: old, artifactType: nil) where !moved.contains(entry.digest) {
            let referrer = try await store.manifest(.digest(entry.digest))
            let copy = try referrer.rewritten { object in
                object.change("subject") { $0.point(to: new) }
            }
            try await copier.write(copy, as: .digest)
            try await self.copy(from: entry.digest, to: copy, except: moved, depth: depth + 1)
        }
    }
}
