import JSON
import OCI
import TestKit
import Testing

@Suite("inspect --format")
struct InspectFormatTests {
    /// Templates from docker's documentation, and what they give for an index of two images.
    @Test func `takes docker's templates`() async throws {
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm64"])
        let repo = try await RegistryServer.shared().repository(["v1": index, "one": TestImage()])
        let (amd64, arm64) = (index.children[0].digest, index.children[1].digest)
        let cases = [
            ("{{.Name}}", "\(repo):v1"),
            ("{{.Manifest.Digest}}", "\(index.digest)"),
            ("{{.Manifest.MediaType}}", MediaType.ociIndex),
            ("{{json .Manifest.Digest}}", "\"\(index.digest)\""),
            ("{{range .Manifest.Manifests}}{{.Digest}} {{end}}", "\(amd64) \(arm64) "),
            (
                "{{range .Manifest.Manifests}}{{.Platform.OS}}/{{.Platform.Architecture}}\n{{end}}",
                "linux/amd64\nlinux/arm64\n"
            ),
            (#"{{(index .Image "linux/arm64").Architecture}}"#, "arm64"),
            (#"{{printf "%s@%s" .Name .Manifest.Digest}}"#, "\(repo):v1@\(index.digest)"),
            ("{{if .Manifest.Manifests}}many{{else}}one{{end}}", "many"),
            ("{{len .Manifest.Manifests}}", "2"),
        ]
        for (template, expected) in cases {
            let outcome = try await imgtool("inspect", "--format", template, "\(repo):v1")
            let ended = expected.hasSuffix("\n") ? expected : expected + "\n"
            #expect(outcome.output == ended, "\(template): \(outcome.error)")
        }
        #expect(try await succeeds("inspect", "--format", "{{.Image.OS}}", "\(repo):one") == "linux")
    }

    @Test func `prints the manifest as docker does`() async throws {
        let index = try TestIndex(platforms: ["linux/arm64"])
        let repo = try await RegistryServer.shared().repository(["v1": index])
        let child = index.children[0].descriptor
        #expect(
            try await succeeds("inspect", "--format", "{{json .Manifest}}", "\(repo):v1") == """
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.oci.image.index.v1+json",
                  "digest": "\(index.digest)",
                  "size": \(index.manifest.count),
                  "manifests": [
                    {
                      "mediaType": "application/vnd.oci.image.manifest.v1+json",
                      "digest": "\(child.digest)",
                      "size": \(child.size),
                      "platform": {
                        "architecture": "arm64",
                        "os": "linux"
                      }
                    }
                  ]
                }
                """)
    }

    @Test func `--json is everything`() async throws {
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm64"])
        let repo = try await RegistryServer.shared().repository(["v1": index])
        let text = try await succeeds("inspect", "--json", "\(repo):v1")
        #expect(text == (try await succeeds("inspect", "--format", "{{json .}}", "\(repo):v1")))
        let value = try JSONValue(parsing: text.utf8)
        #expect(value.object?.members.map(\.name) == ["name", "manifest", "image"])
        #expect(value["image"]?.object?.members.map(\.name) == ["linux/amd64", "linux/arm64"])
    }

    @Test(arguments: [
        (["inspect"], 1, 0, 0), (["inspect", "--raw"], 1, 0, 0),
        (["inspect", "--format", "{{json .Manifest}} {{.Name}}"], 1, 0, 0),
        (["inspect", "--format", #"{{json (index .Image "linux/arm64")}}"#], 1, 1, 1),
        (["inspect", "--format", "{{json .Image}}"], 1, 2, 2), (["inspect", "--json"], 1, 2, 2),
        (["inspect", "--platform", "linux/arm64"], 1, 1, 0), (["inspect", "--layers"], 1, 2, 0),
        (["digest", "--platform", "linux/arm64"], 1, 0, 0),
    ])
    func `fetches what is needed and no more`(
        words: [String], tags: Int, children: Int, configurations: Int
    ) async throws {
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm64"])
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index])
        try await FaultProxy.with(registry) { proxy in
            let outcome = try await Tool.imgtool.run(words + ["\(proxy.repository(repo)):v1"])
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(proxy.count("GET", "/manifests/v1") == tags)
            #expect(proxy.count("GET", "/manifests/sha256:") == children)
            #expect(proxy.count("GET", "/blobs/") == configurations)
            #expect(proxy.exchanges.count == tags + children + configurations, "\(proxy.summary)")
        }
    }

    @Test(arguments: [
        ("{{.Manifest.Digest", 2, "--format"), ("{{json .Name | frob}}", 2, "frob"),
        ("{{.Manifest.Diget}}", 1, "did you mean .Digest?"),
        (#"{{(index .Image "linux/s390x").Architecture}}"#, 1, "has no index"),
        ("{{.Nothing}}", 1, "there are Name, Manifest, Image, SBOM, Provenance"),
        ("{{.Name.Digest}}", 1, "a string has no field"),
    ])
    func `says what is wrong with a template`(template: String, status: Int, part: String) async throws {
        let repo = try await RegistryServer.shared().repository(["v1": TestImage()])
        expectFailure(try await imgtool("inspect", "--format", template, "\(repo):v1"), status, naming: part)
    }
}
