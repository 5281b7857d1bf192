internal import JSON
package import OCI

/// The digest tags of a store, such as `sha256-HEX.sig`, under which cosign keeps signatures, attestations and SBOMs of
/// the manifest with that digest.
package struct DigestTags: Sendable {
    private let tags: [Digest: [String]]

    /// - Parameter tags: All tags of the store; other tags than digest tags are ignored.
    package init(of tags: [String] = []) {
        var found: [Digest: [String]] = [:]
        for tag in tags {
            if let subject = Self.subject(of: tag) { found[subject, default: []].append(tag) }
        }
        self.tags = found
    }

    /// - Throws: ``ImageError`` if the store does not list its tags.
    package static func load(from source: any ImageSource) async throws -> DigestTags {
        DigestTags(of: try await (source as? any TagListing)?.tags() ?? [])
    }

    /// The digest tags of a manifest, in the order of the store.
    package subscript(subject: Digest) -> [String] { tags[subject] ?? [] }

    /// The digest tag of a manifest's signature by cosign.
    static func signature(of subject: Digest) -> String { "\(subject.algorithm.rawValue)-\(subject.hex).sig" }

    /// The digest in a digest tag, or `nil` for any other tag.
    package static func subject(of tag: String) -> Digest? {
        guard let dash = tag.firstIndex(of: "-"), let dot = tag.firstIndex(of: "."), dash < dot,
            tag.index(after: dot) < tag.endIndex
        else { return nil }
        return try? Digest("\(tag[..<dash]):\(tag[tag.index(after: dash)..<dot])")
    }
}

extension ManifestContent {
    /// The entry for the manifest of a digest tag in a list of referrers. Cosign writes image manifests there, whose
    /// layers have the type of the content.
    var digestTagReferrer: Descriptor {
        var entry = referrer
        guard let type = entry.artifactType, MediaType.isImageConfig(type) else { return entry }
        entry.artifactType = document.value["layers"]?.array?.first?["mediaType"]?.string ?? type
        return entry
    }
}
