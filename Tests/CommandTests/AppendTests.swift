import JSON
import OCI
import TestKit
import Testing

@Suite("create --append")
struct AppendTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    private func entries(_ reference: String) async throws -> [Digest] {
        try Index(json: JSONValue(parsing: await succeeds("inspect", "--raw", reference).utf8)).manifests.map(\.digest)
    }

    @Test func `replaces an image in its place, with its attestations`() async throws {
        let new = TestImage(layers: [TestLayer("new", "new")])
        let attestations = [amd64, arm64, new].map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
        let repo = try await RegistryServer.shared().repository([
            "v1": TestIndex([amd64, arm64, attestations[0], attestations[1]], annotations: ["k": "v"]),
            "new": TestIndex([new, attestations[2]]),
        ])
        try await succeeds("create", "-t", "\(repo):v1", "--append", "\(repo):new")
        #expect(try await entries("\(repo):v1") == [new, arm64, attestations[1], attestations[2]].map(\.digest))
        let raw = try await succeeds("inspect", "--raw", "\(repo):v1")
        #expect(try JSONValue(parsing: raw.utf8)["annotations"] == ["k": "v"])
    }

    @Test func `of what is there already changes no byte`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([amd64, arm64], annotations: ["k": "v"])
        let repo = try registry.repository(["v1": index, "one": arm64])
        for _ in 1...2 {
            let printed = try await succeeds("create", "-t", "\(repo):v1", "--append", "\(repo):one")
            #expect(printed == "\(repo):v1@\(index.digest)")
            #expect(registry.digest(of: "v1", in: path(of: repo)) == index.digest)
        }
    }

    @Test func `makes an index of a tag that is a single image, and of a tag that is not there`() async throws {
        let repo = try await RegistryServer.shared().repository(["v1": amd64, "one": arm64])
        try await succeeds("create", "-t", "\(repo):v1", "--append", "\(repo):one")
        #expect(try await entries("\(repo):v1") == [amd64.digest, arm64.digest])
        try await succeeds("create", "-t", "\(repo):v2", "--append", "\(repo):one")
        #expect(try await entries("\(repo):v2") == [arm64.digest])
    }

    @Test func `insists on the tag with --must-exist`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["one": arm64])
        let outcome = try await imgtool("create", "-t", "\(repo):v2", "--append", "--must-exist", "\(repo):one")
        expectFailure(outcome, 3, naming: "\(repo):v2")
        #expect(registry.tags(of: path(of: repo)) == ["one"])
    }

    @Test func `by one process after another adds what each has`() async throws {
        let platforms = ["amd64", "arm64", "s390x", "ppc64le"]
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository()
        for architecture in platforms {
            try registry.put(
                TestImage(Platform(os: "linux", architecture: architecture)), in: path(of: repo), tag: architecture)
            try await succeeds("create", "-t", "\(repo):v1", "--append", "\(repo):\(architecture)")
        }
        let shown = try await succeeds(
            "inspect", "--format", "{{range .Manifest.Manifests}}{{.Platform.Architecture}} {{end}}", "\(repo):v1")
        #expect(shown == "amd64 arm64 s390x ppc64le ")
    }
}
