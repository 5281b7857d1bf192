/// The kinds of entries of an index.
extension Descriptor {
    /// The digest of the image that this index entry attests, for attestations in BuildKit's format.
    ///
    /// The value of the annotation is not checked; it may name an entry that does not exist.
    package var attestedDigest: String? {
        guard annotations[AnnotationKey.referenceType] == AnnotationKey.attestationManifest else { return nil }
        return annotations[AnnotationKey.referenceDigest] ?? ""
    }

    package var isAttestation: Bool { attestedDigest != nil }

    /// True for an image or an index of images: neither an attestation nor an entry for the platform
    /// `unknown/unknown`, which no runtime selects.
    package var isImageEntry: Bool { !isAttestation && platform?.isUnknown != true }

    /// The platform of an image entry; `nil` for other entries, and if it has none.
    package var imagePlatform: Platform? { isImageEntry ? platform : nil }

    /// Returns true if the entry is an image for exactly this platform (``Platform/matches(_:)``).
    package func isImage(for wanted: Platform) -> Bool {
        !isAttestation && platform.map(wanted.matches) ?? false
    }
}

extension Index {
    /// The entries that are images or indexes of images: neither attestations nor "unknown" platforms.
    package var images: [Descriptor] { manifests.filter(\.isImageEntry) }
}
