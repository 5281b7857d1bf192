import JSON
import OCI
import TestKit
import Testing

@Suite("Images made for tests")
struct ImagesTests {
    private static func everyKind() throws -> [(String, any TestContent)] {
        let image = TestImage()
        return [
            ("image", image),
            ("docker image", TestImage(dockerTypes: true, annotations: ["a": "b"])),
            ("index", try TestIndex(platforms: ["linux/amd64", "linux/arm64", "linux/arm/v7"])),
            ("docker list", try TestIndex(platforms: ["linux/amd64", "linux/s390x"], dockerTypes: true)),
            ("attested", TestIndex([image, TestImage.attestation(of: image.descriptor)])),
        ]
    }

    @Test func `have the same bytes every time`() throws {
        for (first, second) in zip(try Self.everyKind(), try Self.everyKind()) {
            #expect(first.1.everything == second.1.everything, "\(first.0)")
        }
        #expect(bigBlob(100_000) == bigBlob(100_000))
        #expect(bigBlob(100_000) != bigBlob(100_000, seed: 2))
    }

    @Test func `are valid manifests with verified children`() throws {
        for (name, content) in try Self.everyKind() {
            let parsed = try ManifestContent(
                bytes: content.manifest, mediaType: content.descriptor.mediaType, digest: content.digest, of: name)
            #expect(parsed.isIndex == !content.children.isEmpty)
        }
    }

    @Test func `are served by a registry as they are, and copied by skopeo`() async throws {
        let registry = try await RegistryServer.shared()
        for (name, content) in try Self.everyKind() where name != "attested" {
            let repository = registry.freshRepository()
            try registry.put(content, in: repository, tag: "v1")
            let reference = "docker://\(registry.host)/\(repository)"
            let raw = try await Tool.skopeo.run("inspect", "--raw", "--tls-verify=false", "\(reference):v1")
            #expect(raw.outputBytes == content.manifest, "\(name): \(raw.error)")
            let copied = try await Tool.skopeo.run(
                "copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false", "\(reference):v1",
                "\(reference)-copy:v2")
            #expect(copied.succeeded, "\(name): \(copied.error)")
            #expect(registry.digest(of: "v2", in: "\(repository)-copy") == content.digest, "\(name)")
            #expect(registry.tags(of: repository) == ["v1"])
        }
    }

    @Test func `are layouts that skopeo and umoci read`() async throws {
        try await TemporaryFolder.with { folder in
            let image = TestImage(layers: [TestLayer("a/hello.txt", "hello"), TestLayer(files: ["b": bigBlob(70_000)])])
            let index = try TestIndex(platforms: ["linux/arm64", "linux/amd64"])
            let layout = try TestLayout(in: folder, ["one": image, "many": index])
            #expect(try layout.digest(of: "many") == index.digest)
            #expect(layout.blob(image.digest) == image.manifest)

            let raw = try await Tool.skopeo.run("inspect", "--raw", "oci:\(layout.path):many")
            #expect(raw.outputBytes == index.manifest)
            try await Tool.umoci.output("unpack", "--image", "\(layout.path):one", folder.file("bundle"))
            #expect(try folder.text("bundle/rootfs/a/hello.txt") == "hello")
            #expect(try folder.bytes("bundle/rootfs/b") == bigBlob(70_000))
        }
    }

    @Test func `can refer to another and attest it`() throws {
        let image = TestImage()
        let artifact = TestImage.artifact("application/x.test", "content", subject: image.descriptor)
        let manifest = try ImageManifest(json: JSONValue(parsing: artifact.manifest))
        #expect(manifest.subject == image.descriptor.content)
        #expect(manifest.artifactType == "application/x.test")
        #expect(TestImage.attestation(of: image.descriptor).descriptor.attestedDigest == "\(image.digest)")
    }

    @Test func `are found, and can go bad, in a registry's storage`() async throws {
        try await RegistryServer.with { registry in
            let image = TestImage()
            try registry.put(image, in: "app", tag: "v1")
            let layer = Digest(of: image.blobs[1])
            #expect(registry.has(blob: layer, in: "app") && registry.has(manifest: image.digest, in: "app"))
            #expect(!registry.has(blob: layer, in: "other"))
            #expect(registry.stored(layer) == image.blobs[1])
            try registry.corrupt(layer, with: Array("rotten".utf8))
            let body = try await Tool.curl.output("-s", "\(registry.url)/v2/app/blobs/\(layer)")
            #expect(body == "rotten")
        }
    }
}
