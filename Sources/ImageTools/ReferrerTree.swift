internal import Concurrency
package import OCI

/// What refers to a manifest, with what refers to that in turn.
package struct ReferrerTree: Sendable {
    /// The depth to which referrers of referrers are followed.
    private static let maximumDepth = 8
    /// How many manifests are asked for their referrers at most.
    private static let maximumCount = 10_000

    package let descriptor: Descriptor
    package let referrers: [ReferrerTree]

    /// Reads the tree.
    ///
    /// What refers to several manifests stands at each of them, but what refers to it only at the first. A manifest refers
    /// to one other, so this happens only where a place lies, and then it shall not cost more than it is worth.
    ///
    /// - Parameter artifactType: Only referrers of this type, and those that a path to one leads over.
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

    /// A manifest where it stands in the tree.
    private struct Entry: Sendable {
        let descriptor: Descriptor
        /// Whether it was met here first.
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
