package import OCI

/// The order of the entries of an index that is made.
package enum EntryOrder: String, Sendable, CaseIterable {
    /// That of the sources.
    case source
    /// By platform, so that it does not depend on the order of the sources.
    case platform

    /// The entries in this order.
    ///
    /// By platform, images come first, then what names no platform, and the attestations last, in the order of what they
    /// are about: who reads an index takes the first entry that fits.
    package func sorted(_ entries: [Descriptor]) -> [Descriptor] {
        guard self == .platform else { return entries }
        let own = entries.filter { $0.attestedDigest == nil }.map { (Self.key($0), $0) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
        var ranks: [String: Int] = [:]
        for (rank, entry) in own.enumerated() { ranks[entry.digest.description] = rank }
        func rank(_ attestation: Descriptor) -> Int { ranks[attestation.attestedDigest ?? ""] ?? .max }
        let attestations = entries.filter { $0.attestedDigest != nil }.sorted { first, second in
            (rank(first), first.digest.description) < (rank(second), second.digest.description)
        }
        return own + attestations
    }

    /// What the place of an entry among the images depends on, the most important first.
    private static func key(_ entry: Descriptor) -> [String] {
        guard let platform = entry.platform?.identity, !platform.isUnknown else {
            return ["1", entry.artifactType ?? "", entry.mediaType, entry.digest.description]
        }
        return [
            "0", platform.os, platform.architecture, platform.variant ?? "", platform.osVersion ?? "",
            platform.osFeatures.joined(separator: "+"), entry.digest.description,
        ]
    }
}
