import JSON
import OCI
import TestKit
import Testing

@Suite("An index of what is no image for an operating system")
struct ArtifactEntryTests {
    private static func content(
        config type: String, _ config: String, layer: String, artifactType: String? = nil
    ) throws -> RawContent {
        func part(_ type: String, _ bytes: [UInt8]) -> JSONValue {
            Descriptor(mediaType: type, digest: Digest(of: bytes), size: Int64(bytes.count)).json
        }
        var manifest: JSONObject = try #require(
            ([
                "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest),
                "config": part(type, Array(config.utf8)), "layers": [part(layer, Array("content".utf8))],
            ] as JSONValue).object)
        manifest["artifactType"] = artifactType.map { .string($0) }
        return RawContent(
            JSONValue.object(manifest).text(), mediaType: MediaType.ociManifest,
            blobs: [Array(config.utf8), Array("content".utf8)])
    }

    private static let wasm = "application/vnd.wasm.config.v0+json"

    @Test func `gets entries with their artifact types, and platforms where there are any`() async throws {
        let helm = "application/vnd.cncf.helm.config.v1+json"
        let repo = try await RegistryServer.shared().repository([
            "artifact": try Self.content(config: MediaType.ociEmpty, "{}", layer: "text/plain", artifactType: "text/x"),
            "helm": try Self.content(config: helm, #"{"name":"x"}"#, layer: "application/x"),
            "component": try Self.content(
                config: Self.wasm, #"{"architecture":"wasm","os":"wasip1"}"#, layer: "application/wasm"),
            "wasm": TestImage(Platform(os: "wasi", architecture: "wasm")), "image": TestImage(),
        ])
        let sources = ["artifact", "helm", "component", "wasm", "image"].map { "\(repo):\($0)" }
        #expect(try await Tool.imgtool.run(["create", "-t", "\(repo):all"] + sources).status == 0)
        let raw = try await imgtool("inspect", "--raw", "\(repo):all")
        let entries = try Index(json: JSONValue(parsing: raw.outputBytes)).manifests
        #expect(entries.map(\.artifactType) == ["text/x", helm, Self.wasm, nil, nil])
        #expect(entries.map { $0.platform?.description } == [nil, nil, "wasip1/wasm", "wasi/wasm", "linux/amd64"])
        for words in [
            ["verify"], ["inspect"], ["inspect", "--layers"], ["inspect", "--json"], ["inspect", "--config"],
        ] {
            let outcome = try await Tool.imgtool.run(words + ["\(repo):all"])
            #expect(outcome.status == 0, "\(words): \(outcome.error)")
        }
        let layers = try await succeeds("inspect", "--layers", "\(repo):all")
        #expect(layers.ranges(of: "1 layer,").count == 5, "\(layers)")
        let wasi = try await succeeds("digest", "--platform", "wasi/wasm", "\(repo):all")
        #expect(wasi == entries[3].digest.description)
        #expect(try await imgtool("copy", "\(repo):all", "\(repo):copy").status == 0)
    }

    @Test func `may have no platform at all`() async throws {
        var entry = TestImage().descriptor
        entry.platform = nil
        let index = RawContent(
            Index(mediaType: MediaType.ociIndex, manifests: [entry]).json.text(), children: [TestImage()])
        let repo = try await RegistryServer.shared().repository(["v1": index])
        #expect(try await imgtool("create", "-t", "\(repo):v2", "\(repo):v1").status == 0)
        #expect(try await imgtool("verify", "\(repo):v2").status == 0)
        #expect(try await succeeds("digest", "--platform", "linux/amd64", "\(repo):v1") == "\(entry.digest)")
        #expect(try await succeeds("inspect", "--format", "{{.Image.OS}}", "\(repo):v1") == "linux")
    }
}
