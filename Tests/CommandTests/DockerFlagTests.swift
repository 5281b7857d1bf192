import JSON
import OCI
import TestKit
import Testing

@Suite("Flags as scripts for docker have them")
struct DockerFlagTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test func `buildx's are there, short ones too`() async throws {
        let repo = try await RegistryServer.shared().repository(["v1": TestIndex([amd64, arm64])])
        for words in [["-p", "linux/arm64"], ["--platform=linux/arm64"], ["--builder", "x", "-p", "linux/arm64"]] {
            let outcome = try await Tool.imgtool.run(["create", "--dry-run", "-q", "\(repo):v1"] + words)
            let index = try Index(json: JSONValue(parsing: outcome.outputBytes))
            #expect(index.manifests.map(\.digest) == [arm64.digest])
        }
        #expect(try await imgtool("inspect", "-D", "\(repo):v1").error.contains("GET"))
        try await succeeds("inspect", "--builder=default", "\(repo):v1")
    }

    @Test(
        "Switches take Go's words for truth, and the last one counts",
        arguments: [
            (["--dry-run=true"], true), (["--dry-run=1"], true), (["--dry-run=false"], false),
            (["--dry-run", "--dry-run=F"], false), (["--dry-run=0", "--dry-run"], true),
            (["-q=false", "--dry-run=T"], true),
        ])
    func switches(words: [String], isDry: Bool) async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["one": amd64])
        let outcome = try await Tool.imgtool.run(["create", "-t", "\(repo):made"] + words + ["\(repo):one"])
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(registry.tags(of: path(of: repo)).contains("made") == !isDry)
    }

    @Test func `a value stays one where no switch has the name`() async throws {
        let repo = try await RegistryServer.shared().repository(["one": amd64])
        let outcome = try await imgtool("create", "--dry-run", "--annotation=true", "\(repo):one")
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("\"true\""))
        let prefer = try await imgtool("create", "--dry-run", "-q", "--prefer-index=0", "\(repo):one")
        #expect(Array(prefer.outputBytes) == amd64.manifest)
    }

    @Test func `attestations are annotated as unknown/unknown`() async throws {
        let index = TestIndex([amd64, TestImage.attestation(of: amd64.descriptor)])
        let repo = try await RegistryServer.shared().repository(["v1": index])
        let outcome = try await imgtool(
            "create", "--dry-run", "-q", "--annotation", "manifest-descriptor[unknown/unknown]:k=v", "\(repo):v1")
        let made = try Index(json: JSONValue(parsing: outcome.outputBytes))
        #expect(made.manifests.map { $0.annotations["k"] } == [nil, "v"])
    }

    @Test func `the metadata file has names as buildx writes them`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["one": amd64])
        try await TemporaryFolder.with { folder in
            let file = folder.file("metadata.json")
            try await succeeds(
                "create", "-q", "--metadata-file", file, "-t", "\(repo):v1", "-t", "\(repo)-other", "\(repo):one")
            let metadata = try JSONValue(parsing: try folder.bytes("metadata.json"))
            #expect(metadata["image.name"]?.string == "\(repo):v1,\(repo)-other")
            let digest = try #require(registry.digest(of: "v1", in: path(of: repo)))
            #expect(metadata["containerimage.descriptor"]?["digest"]?.string == "\(digest)")
            #expect(metadata["containerimage.digest"]?.string == "\(digest)")
        }
    }
}
