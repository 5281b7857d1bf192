internal import Concurrency
package import OCI

/// The referrers of a manifest, recursively.
package struct ReferrerTree: Sendable {
    /// The maximum depth.
    private static let maximumDepth = 8
    /// The maximum number of manifests to query for referrers.
    private static let maximumCount = 10_000

    package let descriptor: Descriptor
    package let referrers: [ReferrerTree]

    /// Reads the tree.
    ///
    /// A manifest listed several times appears each time, but its own referrers only the first time. Since a manifest
    /// has one subject, this requires a registry with wrong lists, and must not become expensive.
    ///
    /// - Parameter artifactType: The artifact type to show; other referrers appear only on the path to one.
    /// - Throws: ``ImageError``.
    package static func load(
        of descriptor: Descriptor, in source: any ImageSource, artifactType: String?
    ) async throws -> ReferrerTree {
        let root = Entry(descriptor: descriptor, isFirst: true)
        var met: Set<Digest> = [descriptor.digest]
        var found: [Digest: [Entry]] = [:]
        var level = [descriptor.digest]
        for _ in 0..<maximumDepth where !level.isEmpty {
            guard met.count <= maximumCount else {
                throw ImageError(
                    .failed, "cannot list the referrers of \(source.name)@\(descriptor.digest)",
                    "there are more than \(maximumCount) of them")
            }
            let lists = try await level.concurrentMap { try await source.referrers(of: $0, artifactType: nil) }
            for (digest, list) in zip(level, lists) {
                found[digest] = list.map { Entry(descriptor: $0, isFirst: met.insert($0.digest).inserted) }
            }
            level = level.flatMap { (found[$0] ?? []).filter(\.isFirst).map(\.descriptor.digest) }
        }
        let tree = ReferrerTree(root, found)
        guard let artifactType else { return tree }
        return ReferrerTree(
            descriptor: tree.descriptor, referrers: tree.referrers.compactMap { $0.pruned(to: artifactType) })
    }

    /// A manifest at its position in the tree.
    private struct Entry: Sendable {
        let descriptor: Descriptor
        /// True for the first occurrence.
        let isFirst: Bool
    }

    private init(_ entry: Entry, _ found: [Digest: [Entry]]) {
        descriptor = entry.descriptor
        referrers = entry.isFirst ? (found[entry.descriptor.digest] ?? []).map { ReferrerTree($0, found) } : []
    }

    private init(descriptor: Descriptor, referrers: [ReferrerTree]) {
        self.descriptor = descriptor
        self.referrers = referrers
    }

    private func pruned(to artifactType: String) -> ReferrerTree? {
        let kept = referrers.compactMap { $0.pruned(to: artifactType) }
        guard !kept.isEmpty || descriptor.artifactType == artifactType else { return nil }
        return ReferrerTree(descriptor: descriptor, referrers: kept)
    }
}
