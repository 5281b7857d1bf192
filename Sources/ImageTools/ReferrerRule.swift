/// The referrers to copy with an image.
package struct ReferrerRule: Sendable, Hashable {
    /// The treatment of digest tags.
    package enum DigestTagRule: Sendable, Hashable {
        /// They are not looked up.
        case ignored
        /// They are not copied, with a warning.
        case left
        /// They are copied, with a warning if the store does not list its tags.
        case copied
        /// They are copied, with an error if the store does not list its tags.
        case required
    }

    /// The artifact types of the referrers to copy, or `nil` for every type.
    package var artifactTypes: Set<String>?
    package var digestTags: DigestTagRule

    /// Copies nothing and looks nothing up.
    package static let none = ReferrerRule(artifactTypes: [], digestTags: .ignored)

    /// Copies everything.
    package static let all = ReferrerRule(artifactTypes: nil, digestTags: .copied)

    /// Copies BuildKit's attestations and sigstore's signatures, as `docker buildx imagetools create` does, with a warning
    /// about all others.
    package static let attestations = ReferrerRule(
        artifactTypes: [AttestationRule.artifactType, cosignSignature, sigstoreBundle], digestTags: .left)

    private static let cosignSignature = "application/vnd.dev.cosign.artifact.sig.v1+json"
    private static let sigstoreBundle = "application/vnd.dev.sigstore.bundle.v0.3+json"

    /// True if nothing is looked up.
    var isNone: Bool { self == .none }
    var copiesDigestTags: Bool { digestTags == .copied || digestTags == .required }

    func includes(_ artifactType: String?) -> Bool { artifactTypes?.contains(artifactType ?? "") ?? true }

    /// The same rule without BuildKit's attestations.
    func withoutAttestations() -> ReferrerRule {
        var rule = self
        rule.artifactTypes?.remove(AttestationRule.artifactType)
        return rule
    }
}
