import JSON
import OCI
import TestKit
import Testing

@Suite("An index in an index")
struct NestedIndexTests {
    private static let amd64 = TestImage()
    private static let arm64 = image("arm64")
    private static let s390x = image("s390x")
    private static let attestation = TestImage.attestation(
        of: arm64.descriptor, [("https://slsa.dev/provenance/v1", ["builder": ["id": "me"]])])

    private static func image(_ architecture: String, _ text: String = "x") -> TestImage {
        TestImage(Platform(os: "linux", architecture: architecture), layers: [TestLayer("file", text)])
    }

    private static let inner = TestIndex([arm64, s390x, attestation])
    private static let nested = TestIndex([amd64, TestIndex([inner])], annotations: ["a": "b"])

    private func repository(_ more: KeyValuePairs<String, any TestContent> = [:]) async throws -> String {
        let registry = try await RegistryServer.shared()
        let repository = try registry.repository(more)
        try registry.put(Self.nested, in: path(of: repository), tag: "v1")
        return repository
    }

    private func platforms(_ reference: String) async throws -> String {
        try await succeeds("inspect", "--format", "{{range $p, $i := .Image}}{{$p}} {{end}}", reference)
    }

    @Test func `shows its images, their layers and their configurations`() async throws {
        let repo = try await repository()
        #expect(try await platforms("\(repo):v1") == "linux/amd64 linux/arm64 linux/s390x ")
        let layers = try await succeeds("inspect", "--layers", "\(repo):v1")
        #expect(layers.split(separator: "\n").count { $0.hasPrefix("linux/") } == 3)
        let config = try JSONValue(parsing: try await succeeds("inspect", "--config", "\(repo):v1").utf8)
        #expect(config.object?.members.map(\.name) == ["linux/amd64", "linux/arm64", "linux/s390x"])
        let builder = #"{{(index .Provenance "linux/arm64").SLSA.builder.id}}"#
        #expect(try await succeeds("inspect", "--format", builder, "\(repo):v1") == "me")
        let attestations = try await succeeds("inspect", "--attestations", "\(repo):v1")
        #expect(attestations.contains("linux/arm64: 1 attestation\n  https://slsa.dev/provenance/v1  builder me\n"))
    }

    @Test func `gives its images to create --platform`() async throws {
        let repo = try await repository()
        _ = try await succeeds("create", "-q", "--platform", "linux/arm64", "-t", "\(repo):v2", "\(repo):v1")
        let index = try Index(json: JSONValue(parsing: try await imgtool("inspect", "--raw", "\(repo):v2").outputBytes))
        #expect(index.manifests.map(\.digest) == [Self.arm64.digest, Self.attestation.digest])
        #expect(index.annotations == ["a": "b"])
        let amd64 = try await imgtool("create", "--dry-run", "--platform", "linux/amd64", "\(repo):v1")
        #expect(amd64.output.ranges(of: "\"digest\"").count == 1)
        let missing = try await imgtool("create", "--platform", "linux/386", "-t", "\(repo):v2", "\(repo):v1")
        expectFailure(missing, 3, naming: "linux/386", "linux/s390x")
        #expect(try await succeeds("create", "-q", "-t", "\(repo):v3", "\(repo):v1").hasSuffix("\(Self.nested.digest)"))
    }

    @Test func `is changed by remove where the image is`() async throws {
        let repo = try await repository()
        _ = try await imgtool("remove", "\(repo):v1", "--platform", "linux/arm64")
        #expect(try await platforms("\(repo):v1") == "linux/amd64 linux/s390x ")
        #expect(try await succeeds("inspect", "--attestations", "\(repo):v1").contains("1 attestation") == false)
        let index = try Index(json: JSONValue(parsing: try await imgtool("inspect", "--raw", "\(repo):v1").outputBytes))
        #expect(index.manifests.map(\.mediaType) == [MediaType.ociManifest, MediaType.ociIndex])
        #expect(index.annotations == ["a": "b"])
        #expect(try await imgtool("verify", "\(repo):v1").status == 0)
        // The last image of the inner indexes takes these with it.
        _ = try await imgtool("remove", "\(repo):v1", "--platform", "linux/s390x")
        let left = try Index(json: JSONValue(parsing: try await imgtool("inspect", "--raw", "\(repo):v1").outputBytes))
        #expect(left.manifests.map(\.digest) == [Self.amd64.digest])
        expectFailure(
            try await imgtool("remove", "\(repo):v1", "--platform", "linux/s390x"), 3, naming: "linux/s390x",
            "linux/amd64")
    }

    @Test func `is annotated where the image is, and back again`() async throws {
        let repo = try await repository()
        let words = ["annotate", "\(repo):v1", "--platform", "linux/arm64"]
        _ = try await Tool.imgtool.run(words + ["--annotation", "k=v", "--variant", "v9"])
        #expect(try await platforms("\(repo):v1") == "linux/amd64 linux/arm64/v9 linux/s390x ")
        #expect(try await imgtool("verify", "\(repo):v1").status == 0)
        let raw = try await succeeds("inspect", "--json", "\(repo):v1")
        #expect(!raw.contains("\(Self.inner.digest)"))
        _ = try await imgtool(
            "annotate", "\(repo):v1", "--platform", "linux/arm64/v9", "--remove-annotation", "k", "--variant", "")
        #expect(try await succeeds("digest", "\(repo):v1") == "\(Self.nested.digest)")
        // The manifest itself, its entry and its attestation's.
        _ = try await Tool.imgtool.run(words + ["--manifest", "--annotation", "k=v"])
        let changed = try await succeeds("digest", "--platform", "linux/arm64", "\(repo):v1")
        #expect(changed != "\(Self.arm64.digest)")
        #expect(try await succeeds("inspect", "--attestations", "\(repo):v1").contains("linux/arm64: 1 attestation"))
        #expect(try await imgtool("verify", "\(repo):v1").status == 0)
        _ = try await Tool.imgtool.run(words + ["--manifest", "--remove-annotation", "k"])
        #expect(try await succeeds("digest", "\(repo):v1") == "\(Self.nested.digest)")
        _ = try await imgtool("annotate", "\(repo):v1", "--manifest", "--annotation", "all=yes")
        for platform in ["linux/amd64", "linux/arm64", "linux/s390x"] {
            #expect(try await succeeds("inspect", "--raw", "--platform", platform, "\(repo):v1").contains("all"))
        }
        let missing = try await imgtool("annotate", "\(repo):v1", "--platform", "linux/386", "--annotation", "k=v")
        expectFailure(missing, 3, naming: "linux/386", "linux/s390x")
    }

    @Test func `is compared image by image`() async throws {
        let other = TestIndex([Self.amd64, TestIndex([Self.arm64, Self.image("s390x", "y"), Self.attestation])])
        let flat = TestIndex([Self.amd64, Self.arm64, Self.s390x, Self.attestation], annotations: ["a": "b"])
        let repo = try await repository(["other": other, "flat": flat])
        let changed = try await imgtool("diff", "\(repo):v1", "\(repo):other")
        #expect(changed.status == 1)
        #expect(changed.output.contains("linux/s390x") && !changed.output.contains("linux/arm64"), "\(changed.output)")
        let same = try await imgtool("diff", "\(repo):v1", "\(repo):flat")
        #expect(same.output.contains("only how they list the same images differs"), "\(same.output)")
    }

    @Test func `is read once, however often indexes list it`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": Self.amd64])
            var entry = Self.amd64.descriptor
            for _ in 0..<3 {
                let entries = [Descriptor](repeating: entry, count: 400)
                let bytes = Index(mediaType: MediaType.ociIndex, manifests: entries).json.bytes()
                entry = Descriptor(mediaType: MediaType.ociIndex, digest: Digest(of: bytes), size: Int64(bytes.count))
                try folder.write("layout/blobs/sha256/\(entry.digest.hex)", bytes)
            }
            let reference = "oci:\(layout.path)@\(entry.digest)"
            #expect(try await succeeds("inspect", "--format", "{{.Image.OS}}", reference) == "linux")
            #expect(try await succeeds("inspect", "--layers", reference).ranges(of: "1 layer,").count == 400)
            let removed = try await imgtool("remove", reference, "--platform", "linux/amd64")
            expectFailure(removed, 1, naming: "no image would be left in it")
        }
    }

    @Test func `is an error when there are too many, one in the other`() async throws {
        var content: any TestContent = Self.amd64
        for _ in 0..<5 { content = TestIndex([content]) }
        let repo = try await repository(["deep": content])
        for flags in [["--layers"], ["--config"], ["--json"], ["--attestations"]] {
            let outcome = try await Tool.imgtool.run(["inspect"] + flags + ["\(repo):deep"])
            expectFailure(outcome, 1, naming: "nested more than 4 deep")
        }
    }
}
