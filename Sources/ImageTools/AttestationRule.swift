internal import JSON
internal import OCI

/// The treatment of attestations that BuildKit lists in an index beside its images.
package enum AttestationRule: String, Sendable, CaseIterable {
    /// Keep them as entries.
    case keep
    /// Remove them.
    case drop
    /// Move them from the index to the referrers of their image (image-spec, manifest.md, "subject").
    case referrers

    /// The artifact type by which BuildKit's tools find attestations among the referrers of an image.
    static let artifactType = "application/vnd.docker.attestation.manifest.v1+json"

    /// The entry that lists a referrer of an image as its attestation.
    static func entry(_ referrer: Descriptor, attesting image: Digest) -> Descriptor {
        var entry = referrer
        entry.platform = .unknown
        entry.artifactType = nil
        entry.annotations[AnnotationKey.referenceType] = AnnotationKey.attestationManifest
        entry.annotations[AnnotationKey.referenceDigest] = image.description
        return entry
    }

    /// Converts an attestation to a referrer of its image.
    static func referrer(_ attestation: ManifestContent, of image: Descriptor) throws(ImageError) -> ManifestContent {
        try attestation.rewritten { object in
            if object["artifactType"] == nil {
                object.set("artifactType", to: .string(artifactType), before: ["config", "layers"])
            }
        }.referring(to: image)
    }
}
