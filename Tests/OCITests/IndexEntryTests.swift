import OCI
import Testing

@Suite("An entry of an index")
struct IndexEntryTests {
    private static let unknown = Platform(os: "unknown", architecture: "unknown")
    private static let arm = Platform(os: "linux", architecture: "arm64")

    private func entry(_ platform: Platform?, attests digest: String? = nil) -> Descriptor {
        var annotations: [String: String] = [:]
        if let digest {
            annotations = ["vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest]
        }
        return Descriptor(
            mediaType: MediaType.ociManifest, digest: Digest(of: []), size: 0, annotations: annotations,
            platform: platform)
    }

    @Test func `is an image unless it is an attestation or for an unknown platform`() {
        #expect(entry(nil).isImageEntry && entry(Self.arm).isImageEntry)
        #expect(!entry(Self.unknown).isImageEntry && !entry(nil, attests: "sha256:a").isImageEntry)
        #expect(!entry(Self.arm, attests: "sha256:a").isImageEntry)
    }

    @Test func `is an attestation by its annotations`() {
        #expect(entry(Self.unknown, attests: "sha256:a").attestedDigest == "sha256:a")
        #expect(!entry(Self.unknown).isAttestation && entry(nil, attests: "").isAttestation)
    }

    @Test func `is for a platform only if it is an image that says so`() {
        #expect(entry(Self.arm).isImage(for: Self.arm) && !entry(nil).isImage(for: Self.arm))
        #expect(!entry(Self.arm, attests: "sha256:a").isImage(for: Self.arm))
        #expect(entry(Self.arm).imagePlatform == Self.arm && entry(Self.unknown).imagePlatform == nil)
        var index = Index(mediaType: MediaType.ociIndex)
        index.manifests = [entry(Self.unknown), entry(Self.arm), entry(nil, attests: "x"), entry(nil)]
        #expect(index.images.map(\.platform) == [Self.arm, nil])
    }
}
