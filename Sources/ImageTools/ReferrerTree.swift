internal import Concurrency
package import OCI

/// What refers to a manifest, with what refers to that in turn.
package struct ReferrerTree: Sendable {
    /// The depth to which referrers of referrers are followed.
    private static let maximumDepth = 8

    package let descriptor: Descriptor
    package let referrers: [ReferrerTree]

    /// Reads the tree.
    ///
    /// - Parameter artifactType: Only referrers of this type, and those that a path to one leads over.
    /// - Throws: ``ImageError``.
    package static func load(
        of descriptor: Descriptor, in source: any ImageSource, artifactType: String?
    ) async throws -> ReferrerTree {
        let tree = try await load(descriptor, source, depth: 0)
        guard let artifactType else { return tree }
        return ReferrerTree(
            descriptor: tree.descriptor, referrers: tree.referrers.compactMap { $0.pruned(to: artifactType) })
    }

    private static func load(
        _ descriptor: Descriptor, _ source: any ImageSource, depth: Int
    ) async throws -> ReferrerTree {
        guard depth < maximumDepth else { return ReferrerTree(descriptor: descriptor, referrers: []) }
        let found = try await source.referrers(of: descriptor.digest, artifactType: nil)
        let referrers = try await found.concurrentMap { try await load($0, source, depth: depth + 1) }
        return ReferrerTree(descriptor: descriptor, referrers: referrers)
    }

    private func pruned(to artifactType: String) -> ReferrerTree? {
        let kept = referrers.compactMap { $0.pruned(to: artifactType) }
        guard !kept.isEmpty || descriptor.artifactType == artifactType else { return nil }
        return ReferrerTree(descriptor: descriptor, referrers: kept)
    }
}
