package import OCI

/// The order of the entries in a new index.
package enum EntryOrder: String, Sendable, CaseIterable {
    /// The order of the sources.
    case source
    /// By platform, independent of the order of the sources.
    case platform

    /// The entries in this order.
    ///
    /// By platform, images come first, then entries without a platform, and attestations last, in the order of their
    /// images, since readers of an index use the first matching entry.
    package func sorted(_ entries: [Descriptor]) -> [Descriptor] {
        guard self == .platform else { return entries }
        let own = entries.filter { !$0.isAttestation }.map { (Self.key($0), $0) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
        var ranks: [String: Int] = [:]
        for (rank, entry) in own.enumerated() { ranks[entry.digest.description] = rank }
        func rank(_ attestation: Descriptor) -> Int { ranks[attestation.attestedDigest ?? ""] ?? .max }
        let attestations = entries.filter(\.isAttestation).sorted { first, second in
            (rank(first), first.digest.description) < (rank(second), second.digest.description)
        }
        return own + attestations
    }

    /// The sort key of an entry among the images.
    private static func key(_ entry: Descriptor) -> [String] {
        guard let platform = entry.imagePlatform?.identity else {
            return ["1", entry.artifactType ?? "", entry.mediaType, entry.digest.description]
        }
        return [
            "0", platform.os, platform.architecture, platform.variant ?? "", platform.osVersion ?? "",
            platform.osFeatures.joined(separator: "+"), entry.digest.description,
        ]
    }
}
