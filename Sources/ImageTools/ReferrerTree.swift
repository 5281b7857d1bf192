internal import Concurrency
package import OCI

/// The referrers of a manifest, recursively.
package struct ReferrerTree: Sendable {
    /// The maximum depth.
    private static let maximumDepth = 8
    /// The maximum number of manifests to query for referrers.
    private static let maximumCount = 10_000

    package let descriptor: Descriptor
    /// The digest tag of the manifest; `nil` if it refers to its subject itself.
    package let digestTag: String?
    package let referrers: [ReferrerTree]

    /// Reads the tree.
    ///
    /// A manifest listed several times appears each time, but its own referrers only the first time. Since a manifest
    /// has one subject, this requires a registry with wrong lists, and must not become expensive.
    ///
    /// - Parameters:
    ///   - digestTags: The digest tags of the store, which count as referrers.
    ///   - artifactType: The artifact type to show; other referrers appear only on the path to one.
    /// - Throws: ``ImageError``.
    package static func load(
        of descriptor: Descriptor, in source: any ImageSource, digestTags: DigestTags = DigestTags(),
        artifactType: String?
    ) async throws -> ReferrerTree {
        let root = Entry(descriptor: descriptor, digestTag: nil, isFirst: true)
        var met: Set<Digest> = [descriptor.digest]
        var found: [Digest: [Entry]] = [:]
        var level = [descriptor.digest]
        for _ in 0..<maximumDepth where !level.isEmpty {
            guard met.count <= maximumCount else {
                throw ImageError(
                    .failed, "cannot list the referrers of \(source.name)@\(descriptor.digest)",
                    "there are more than \(maximumCount) of them")
            }
            let lists = try await level.concurrentMap { digest in
                var list = try await source.knownReferrers(of: digest).map { ($0, nil as String?) }
                for tag in digestTags[digest] {
                    list.append((try await source.manifest(.tag(tag)).digestTagReferrer, tag))
                }
                return list
            }
            for (digest, list) in zip(level, lists) {
                found[digest] = list.map { descriptor, tag in
                    Entry(descriptor: descriptor, digestTag: tag, isFirst: met.insert(descriptor.digest).inserted)
                }
            }
            level = level.flatMap { (found[$0] ?? []).filter(\.isFirst).map(\.descriptor.digest) }
        }
        let tree = ReferrerTree(root, found)
        guard let artifactType else { return tree }
        return ReferrerTree(tree, referrers: tree.referrers.compactMap { $0.pruned(to: artifactType) })
    }

    /// A manifest at its position in the tree.
    private struct Entry: Sendable {
        let descriptor: Descriptor
        let digestTag: String?
        /// True for the first occurrence.
        let isFirst: Bool
    }

    private init(_ entry: Entry, _ found: [Digest: [Entry]]) {
        descriptor = entry.descriptor
        digestTag = entry.digestTag
        referrers = entry.isFirst ? (found[entry.descriptor.digest] ?? []).map { ReferrerTree($0, found) } : []
    }

    private init(_ tree: ReferrerTree, referrers: [ReferrerTree]) {
        descriptor = tree.descriptor
        digestTag = tree.digestTag
        self.referrers = referrers
    }

    private func pruned(to artifactType: String) -> ReferrerTree? {
        let kept = referrers.compactMap { $0.pruned(to: artifactType) }
        guard !kept.isEmpty || descriptor.artifactType == artifactType else { return nil }
        return ReferrerTree(self, referrers: kept)
    }
}
