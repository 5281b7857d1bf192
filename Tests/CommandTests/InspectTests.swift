import JSON
import OCI
import TestKit
import Testing

@Suite("inspect")
struct InspectTests {
    private static let windows = Platform(
        os: "windows", architecture: "amd64", osVersion: "10.0.17763.1", osFeatures: ["win32k"])

    @Test func `lays an index out for people`() async throws {
        let amd64 = TestImage(entryAnnotations: ["org.example.b": "2", "org.example.a": "1"])
        let arm64 = TestImage(Platform(os: "linux", architecture: "arm64", variant: "v8"))
        let windows = TestImage(Self.windows)
        let attestation = TestImage.attestation(of: amd64.descriptor)
        let nested = try TestIndex(platforms: ["linux/s390x"])
        let index = TestIndex(
            [amd64, arm64, windows, attestation, nested], annotations: ["org.example.z": "zed", "org.example.a": "one"])
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index])
        #expect(
            try await succeeds("inspect", "\(repo):v1") == """
                Name:      \(repo):v1
                MediaType: application/vnd.oci.image.index.v1+json
                Digest:    \(index.digest)
                Annotations:
                  org.example.a: one
                  org.example.z: zed

                Manifests:
                  Name:        \(repo):v1@\(amd64.digest)
                  MediaType:   application/vnd.oci.image.manifest.v1+json
                  Platform:    linux/amd64
                  Annotations:
                    org.example.a: 1
                    org.example.b: 2

                  Name:        \(repo):v1@\(arm64.digest)
                  MediaType:   application/vnd.oci.image.manifest.v1+json
                  Platform:    linux/arm64/v8

                  Name:        \(repo):v1@\(windows.digest)
                  MediaType:   application/vnd.oci.image.manifest.v1+json
                  Platform:    windows/amd64
                  OSVersion:   10.0.17763.1
                  OSFeatures:  win32k

                  Name:        \(repo):v1@\(attestation.digest)
                  MediaType:   application/vnd.oci.image.manifest.v1+json
                  Attestation: of \(amd64.digest)
                  Annotations:
                    vnd.docker.reference.digest: \(amd64.digest)
                    vnd.docker.reference.type:   attestation-manifest

                  Name:      \(repo):v1@\(nested.digest)
                  MediaType: application/vnd.oci.image.index.v1+json
                """)
    }

    @Test func `lays a single image and an artifact out for people`() async throws {
        let image = TestImage()
        let artifact = TestImage.artifact("application/x.sbom", "text", subject: image.descriptor)
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": image, "sbom": artifact])
        #expect(
            try await succeeds("inspect", "\(repo):v1@\(image.digest)") == """
                Name:      \(repo):v1@\(image.digest)
                MediaType: application/vnd.oci.image.manifest.v1+json
                Digest:    \(image.digest)
                """)
        #expect(
            try await succeeds("inspect", "\(repo):sbom") == """
                Name:         \(repo):sbom
                MediaType:    application/vnd.oci.image.manifest.v1+json
                Digest:       \(artifact.digest)
                ArtifactType: application/x.sbom
                Subject:      \(image.digest)
                """)
    }

    @Test func `prints exact bytes, of the image for a platform too, from registries and layouts`() async throws {
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm/v7"])
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": index])
            let repo = try await RegistryServer.shared().repository(["v1": index])
            for reference in ["\(repo):v1", "oci:\(layout.path):v1", "oci-layout://\(layout.path):v1"] {
                #expect(try await imgtool("inspect", "--raw", reference).outputBytes == index.manifest)
                for wanted in ["linux/arm/v7", "arm", "linux/arm64"] {
                    let raw = try await imgtool("inspect", "--raw", "--platform", wanted, reference)
                    #expect(raw.outputBytes == index.children[1].manifest, "\(wanted) of \(reference)")
                }
            }
        }
    }

    @Test func `shows the image for a platform in each of its ways`() async throws {
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm64"])
        let arm64 = try #require(index.children.last)
        let repo = try await RegistryServer.shared().repository(["v1": index])
        let name = "\(repo):v1@\(arm64.digest)"
        let human = try await succeeds("inspect", "--platform", "linux/arm64", "\(repo):v1")
        #expect(human.hasPrefix("Name:      \(name)\n"))
        let format = "{{.Name}} {{.Manifest.Digest}} {{.Image.architecture}}"
        #expect(
            try await succeeds("inspect", "--platform", "aarch64", "--format", format, "\(repo):v1")
                == "\(name) \(arm64.digest) arm64")
        let json = try await succeeds("inspect", "--platform", "arm64", "--json", "\(repo):v1")
        let value = try JSONValue(parsing: json.utf8)
        #expect(value["manifest"]?["digest"]?.string == arm64.digest.description)
        #expect(value["image"]?["architecture"]?.string == "arm64")
    }

    @Test func `lists what there is when a platform is missing`() async throws {
        let index = TestIndex([
            TestImage(), TestImage(Self.windows), TestImage.attestation(of: TestImage().descriptor),
        ])
        let repo = try await RegistryServer.shared().repository(["v1": index, "one": TestImage()])
        expectFailure(
            try await imgtool("inspect", "--platform", "linux/s390x", "\(repo):v1"), 3, naming: "linux/s390x",
            "\(repo):v1@\(index.digest)", "it has linux/amd64, windows(10.0.17763.1+win32k)/amd64\n")
        expectFailure(
            try await imgtool("inspect", "--platform", "linux/s390x", "\(repo):one"), 3, naming: "it has linux/amd64\n")
    }

    @Test func `shows configurations, by platform where there are several`() async throws {
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm/v7"])
        let repo = try await RegistryServer.shared().repository(["v1": index, "one": TestImage()])
        let one = try JSONValue(parsing: await succeeds("inspect", "--config", "\(repo):one").utf8)
        #expect(one["rootfs"]?["type"]?.string == "layers")
        let all = try JSONValue(parsing: await succeeds("inspect", "--config", "\(repo):v1").utf8)
        #expect(all.object?.members.map(\.name) == ["linux/amd64", "linux/arm/v7"])
        #expect(all["linux/arm/v7"]?["variant"]?.string == "v7")
    }

    @Test func `lists layers with their sizes and sums`() async throws {
        let layers = [TestLayer(opaque: bigBlob(1500)), TestLayer(opaque: bigBlob(500, seed: 2))]
        let image = TestImage(layers: layers)
        let other = TestImage(Platform(os: "linux", architecture: "arm64"), layers: [layers[1]])
        let repo = try await RegistryServer.shared().repository(["v1": TestIndex([image, other])])
        let type = "application/vnd.oci.image.layer.v1.tar+gzip"
        #expect(
            try await succeeds("inspect", "--layers", "\(repo):v1") == """
                linux/amd64: 2 layers, 2 kB
                  \(layers[0].diffID)  1.5 kB  \(type)
                  \(layers[1].diffID)   500 B  \(type)

                linux/arm64: 1 layer, 500 B
                  \(layers[1].diffID)  500 B  \(type)
                """)
    }
}
