internal import Concurrency
package import OCI

/// Copies the referrers of manifests from a store, recursively: by subject (distribution-spec, "Listing Referrers") and by
/// digest tag.
package struct ReferrerCopy: Sendable {
    /// The maximum number of referrers to copy; a longer list is bogus.
    private static let maximumCount = 10_000

    private let rule: ReferrerRule
    private let source: any ImageSource
    private let cache: ImageCache

    /// - Parameter cache: The content read so far in this run; extended.
    package init(_ rule: ReferrerRule, from source: any ImageSource, cache: ImageCache = ImageCache()) {
        self.rule = rule
        self.source = source
        self.cache = cache
    }

    /// Copies the referrers of manifests, but not the manifests themselves.
    ///
    /// - Parameter subjects: The digests of the manifests.
    /// - Returns: Warnings, one line each.
    /// - Throws: ``ImageError``. Referrers that were copied before remain.
    package func run(for subjects: [Digest], through copier: ImageCopier) async throws -> [String] {
        if rule.isNone { return [] }
        do {
            return try await copy(for: subjects, through: copier)
        } catch let error as ImageError where rule == .attestations && error.code == .denied {
            // They were not requested explicitly, and not every registry allows everyone to list referrers.
            return ["referrers of images in \(source.name) were not copied: \(error.reason)"]
        }
    }

    private func copy(for subjects: [Digest], through copier: ImageCopier) async throws -> [String] {
        async let tags = digestTags()
        var level = subjects
        var left: [(subject: Digest, count: Int)] = []
        var met = Set(subjects)
        var notes: [String] = []
        while !level.isEmpty {
            guard met.count <= Self.maximumCount else {
                throw ImageError(
                    .failed, "cannot copy the referrers of \(source.name)@\(subjects.first?.description ?? "")",
                    "there are more than \(Self.maximumCount) of them")
            }
            let lists = try await level.concurrentMap { try await cache.referrers(of: $0, in: source) }
            let (known, note) = try await tags
            if let note, notes.isEmpty { notes.append(note) }
            var next: [Digest] = []
            for (subject, list) in zip(level, lists) {
                let new = list.filter { met.insert($0.digest).inserted }
                let taken = new.filter { rule.includes($0.artifactType) }
                next += try await copy(taken, of: subject, through: copier)
                let tagged = known[subject]
                let count = new.count - taken.count + (rule.copiesDigestTags ? 0 : tagged.count)
                if count > 0 { left.append((subject, count)) }
                guard rule.copiesDigestTags else { continue }
                for tag in tagged {
                    let digest = try await copier.copy(tag: tag, from: source).digest
                    if met.insert(digest).inserted { next.append(digest) }
                }
            }
            level = next
        }
        return notes + [Self.note(of: left, in: source)].compactMap { $0 }
    }

    /// Copies the referrers of one manifest.
    ///
    /// - Returns: The digests of all that exist now.
    private func copy(
        _ referrers: [Descriptor], of subject: Digest, through copier: ImageCopier
    ) async throws -> [Digest] {
        if referrers.isEmpty { return [] }
        let listed = try await copier.listedReferrers(of: subject)
        let copied = try await referrers.concurrentMap(limit: copier.keepsOrder ? 1 : 16) { referrer in
            let isListed = listed.contains(referrer.digest)
            return try await copy(referrer, of: subject, isListed: isListed, through: copier) ? referrer.digest : nil
        }
        return copied.compactMap { $0 }
    }

    /// - Returns: True if it exists now. The list of a store may be wrong, and then nothing is copied.
    private func copy(
        _ referrer: Descriptor, of subject: Digest, isListed: Bool, through copier: ImageCopier
    ) async throws -> Bool {
        if isListed, try await copier.isThere(referrer) { return true }
        let manifest = try await source.manifest(.digest(referrer.digest))
        guard manifest.subject?.digest == subject else { return false }
        try await copier.copy(manifest, from: source, as: .digest)
        return true
    }

    /// The digest tags of the store, and a warning if it does not list them.
    private func digestTags() async throws -> (DigestTags, note: String?) {
        if rule.digestTags == .ignored { return (DigestTags(), nil) }
        do {
            return (try await DigestTags.load(from: source), nil)
        } catch let error as ImageError where rule.digestTags != .required {
            // A repository without tags may be reported as missing.
            let isWorthSaying = rule.digestTags == .copied && error.code != .notFound
            let note = "signatures under tags of \(source.name) were not copied: \(error.reason)"
            return (DigestTags(), isWorthSaying ? note : nil)
        }
    }

    /// A line about referrers that are not copied; `nil` if there are none.
    static func note(of left: [(subject: Digest, count: Int)], in source: any ImageSource) -> String? {
        guard let first = left.first else { return nil }
        let count = left.reduce(0) { $0 + $1.count }
        let subjects = "\(first.subject)\(left.count > 1 ? " and \(left.count - 1) more" : "")"
        let what = count == 1 ? "1 referrer of \(subjects) stays" : "\(count) referrers of \(subjects) stay"
        return "\(what) behind in \(source.name); --referrers copies \(count == 1 ? "it" : "them")"
    }
}
