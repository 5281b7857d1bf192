internal import JSON
internal import OCI

/// What becomes of the attestations that BuildKit lists in an index beside its images.
package enum AttestationRule: String, Sendable, CaseIterable {
    /// They stay entries.
    case keep
    /// They are left out.
    case drop
    /// They are left out of the index and become referrers of their image (image-spec, manifest.md, "subject").
    case referrers

    /// By this type BuildKit's tools find attestations among the referrers of an image.
    private static let artifactType = "application/vnd.docker.attestation.manifest.v1+json"

    /// An attestation as a referrer of its image.
    static func referrer(_ attestation: ManifestContent, of image: Descriptor) throws(ImageError) -> ManifestContent {
        try attestation.rewritten { object in
            if object["artifactType"] == nil {
                object.set("artifactType", to: .string(artifactType), before: ["config", "layers"])
            }
        }.referring(to: image)
    }
}
