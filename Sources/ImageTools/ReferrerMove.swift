internal import Concurrency
internal import OCI

/// The referrers of replaced content: they are either copied and changed to refer to the new content, or reported.
struct ReferrerMove: Sendable {
    private static let maximumDepth = 8

    private let source: any ImageSource
    private let replacements: [Replacement]
    private let known: Set<Digest>

    /// - Parameters:
    ///   - replacements: The replacements. Referrers among them need no copy.
    ///   - source: The store of the old content.
    init(of replacements: [Replacement], in source: any ImageSource) {
        self.replacements = replacements.filter { $0.old != $0.new.digest }
        self.source = source
        known = Set(replacements.map(\.old))
    }

    /// Copies all referrers with changed subjects, and recursively their own referrers.
    func copy(through copier: ImageCopier) async throws {
        var met = known
        for (replacement, found) in zip(replacements, try await referrers()) {
            for entry in found {
                try await copy(entry, of: replacement.old, to: replacement.new, copier, &met, depth: 0)
            }
        }
    }

    /// - Parameter met: Manifests that are copied already or need no copy: a manifest has one subject, whatever lists
    ///   claim.
    private func copy(
        _ entry: Descriptor, of old: Digest, to subject: ManifestContent, _ copier: ImageCopier,
        _ met: inout Set<Digest>,
        depth: Int
    ) async throws {
        guard met.insert(entry.digest).inserted else { return }
        let referrer = try await source.manifest(.digest(entry.digest))
        guard referrer.subject?.digest == old else { return }
        let copy = try referrer.referring(to: subject.descriptor)
        try await copier.copyContents(of: copy, from: source)
        try await copier.write(copy, as: .digest)
        guard depth + 1 < Self.maximumDepth else { return }
        for next in try await source.knownReferrers(of: entry.digest) {
            try await self.copy(next, of: entry.digest, to: copy, copier, &met, depth: depth + 1)
        }
    }

    /// The referrers of all replaced content.
    private func referrers() async throws -> [[Descriptor]] {
        let (source, known) = (source, known)
        return try await replacements.concurrentMap { replacement in
            try await source.knownReferrers(of: replacement.old).filter { !known.contains($0.digest) }
        }
    }

    /// A warning about the referrers in one line; `nil` if there are none.
    ///
    /// - Parameter isCopied: True if they are going to be copied.
    func note(isCopied: Bool) async throws -> String? {
        if replacements.isEmpty { return nil }
        let found: [[Descriptor]]
        do {
            found = try await referrers()
        } catch let error as ImageError {
            // The change itself has succeeded, so a registry that cannot list referrers does not turn it into a
            // failure.
            return "it is not known what refers to \(Self.names(replacements.map(\.old))): \(error.reason)"
        }
        let orphaned = zip(replacements, found).filter { !$0.1.isEmpty }.map(\.0.old)
        let count = found.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        let what = "\(count == 1 ? "1 referrer" : "\(count) referrers") of \(Self.names(orphaned))"
        let digests = orphaned.count == 1 ? "the new digest" : "the new digests"
        return isCopied
            ? "\(what) would be copied" : "\(what) will not be found with \(digests); --copy-referrers copies them"
    }

    private static func names(_ digests: [Digest]) -> String {
        let rest = digests.count - 1
        return (digests.first?.description ?? "") + (rest > 0 ? " and \(rest) more" : "")
    }
}
