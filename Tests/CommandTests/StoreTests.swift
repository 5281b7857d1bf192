import OCI
import TestKit
import Testing

/// A local store in a folder of its own, and layouts beside it.
struct StoreScene: Sendable {
    let folder: TemporaryFolder
    var path: String { folder.file("store") }

    static func with<Result>(_ body: (StoreScene) async throws -> Result) async throws -> Result {
        try await TemporaryFolder.with { folder in try await body(StoreScene(folder: folder)) }
    }

    /// A layout with some content by tag, as references have it.
    func layout(_ content: KeyValuePairs<String, any TestContent>) throws -> String {
        "oci:\(try TestLayout(in: folder, content).path)"
    }

    func run(_ words: String...) async throws -> Tool.Outcome { try await run(words) }

    func run(_ words: [String]) async throws -> Tool.Outcome {
        try await Tool.imgtool.run(words, environment: ["IMGTOOL_STORE": path])
    }

    /// Runs the program, which has to succeed.
    ///
    /// - Returns: What it wrote to stdout, without the newline at the end.
    @discardableResult
    func succeeds(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await run(words)
        #expect(outcome.status == 0, "\(outcome.error)", sourceLocation: sourceLocation)
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }
}

@Suite("The local store")
struct StoreTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test func `is reached by every command`() async throws {
        let index = TestIndex([amd64, arm64])
        let repo = try await RegistryServer.shared().repository(["v1": index])
        try await StoreScene.with { scene in
            let full = "store:docker.io/library/app:1@\(index.digest)"
            #expect(try await scene.succeeds("copy", "\(repo):v1", "store:app:1") == full)
            #expect(try await scene.succeeds("pull", "\(repo):v1", "store:other:1").hasSuffix("@\(index.digest)"))
            #expect(try await scene.succeeds("digest", "store:docker.io/library/app:1") == "\(index.digest)")
            #expect(try await scene.succeeds("tags", "store:app") == "1")
            #expect(try await scene.run("inspect", "--raw", "store:app:1").outputBytes == index.manifest)
            try await scene.succeeds("verify", "--deep", "store:app:1")
            #expect(try await scene.succeeds("push", "store:app:1", "\(repo)-2:v1").hasSuffix("@\(index.digest)"))
            try await scene.succeeds("remove", "store:app:1", "--platform", "linux/arm64")
            try await scene.succeeds("create", "--append", "-t", "store:app:1", "\(repo)-2:v1")
            #expect(try await scene.run("diff", "store:app:1", "store:other:1").status == 0)
            try await scene.succeeds("delete", "store:app:1")
            #expect(try await scene.run("digest", "store:app:1").status == 3)
            #expect(try await scene.succeeds("tags", "store:other") == "1")
        }
    }

    @Test func `is one side of push and pull that are given a name alone`() async throws {
        let repo = try await RegistryServer.shared().repository(["v1": amd64])
        try await StoreScene.with { scene in
            #expect(try await scene.succeeds("pull", "\(repo):v1") == "store:\(repo):v1@\(amd64.digest)")
            try await scene.succeeds("copy", "store:\(repo):v1", "store:\(repo):v2")
            #expect(try await scene.succeeds("push", "\(repo):v2") == "\(repo):v2@\(amd64.digest)")
            #expect(try await scene.succeeds("push", "store:\(repo):v2") == "\(repo):v2@\(amd64.digest)")
            #expect(try await scene.succeeds("digest", "\(repo):v2") == "\(amd64.digest)")
            try await scene.succeeds("pull", "\(repo)@\(amd64.digest)")
            expectFailure(try await scene.run("push", "\(repo):v3"), 3, naming: "store:\(repo):v3", "there is v1, v2")
            expectFailure(try await scene.run("pull", "\(repo):v3"), 3, naming: "\(repo):v3")
            expectFailure(try await scene.run("push", "oci:layout:v1"), 2, naming: "imgtool push oci:layout:v1 REF")
        }
    }

    @Test func `is named by the errors of commands that look for its images elsewhere`() async throws {
        let server = try await RegistryServer.shared()
        let repo = "\(server.host)/\(server.freshRepository())"
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": amd64])
            try await scene.succeeds("copy", "\(layout):v1", "store:\(repo):v1")
            for words in [
                ["inspect"], ["digest"], ["verify"], ["referrers"], ["diff", "\(layout):v1"], ["manifest", "get"],
                ["create", "-t", "store:other"], ["delete"],
            ] {
                let outcome = try await scene.run(words + ["\(repo):v1"])
                #expect(outcome.status != 0)
                #expect(outcome.error.contains("store has it as store:\(repo):v1"), "\(words): \(outcome.error)")
                #expect(try await !scene.run(words + ["\(repo):v2"]).error.contains("store has it"), "\(words)")
            }
            expectFailure(try await scene.run("tags", repo), 3, naming: "store has it as store:\(repo)")
            try await scene.succeeds("copy", "\(layout):v1", "store:local-build")
            expectFailure(
                try await scene.run("push", "local-build", "\(repo):v1"), 3,
                naming: "the local store has it as store:local-build")
        }
    }

    @Test func `is where the environment says, and made by the first write only`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": amd64])
            let data = scene.folder.file("data")
            let environment = ["XDG_DATA_HOME": data]
            #expect(try await Tool.imgtool.run(["digest", "store:app:1"], environment: environment).status == 3)
            #expect(!scene.folder.names().contains("data"))
            _ = try await Tool.imgtool.run(["copy", "\(layout):v1", "store:app:1"], environment: environment)
            #expect(scene.folder.names(in: "data/imgtool/images") == ["blobs", "index.json", "oci-layout"])
            let home = try await TemporaryFolder.with { home in
                _ = try await Tool.imgtool.run(["copy", "\(layout):v1", "store:app:1"], home: home)
                return home.names(in: ".local/share/imgtool/images")
            }
            #expect(home == ["blobs", "index.json", "oci-layout"])
        }
    }

    @Test func `is a layout in which other tools find every image by its full name`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["amd64": amd64, "arm64": arm64])
            try await scene.succeeds("copy", "\(layout):amd64", "store:one:1")
            try await scene.succeeds("copy", "\(layout):arm64", "store:localhost:5000/two:1")
            let names = ["docker.io/library/one:1", "localhost:5000/two:1"]
            for (name, image) in zip(names, [amd64, arm64]) {
                let raw = try await Tool.skopeo.output("inspect", "--raw", "oci:\(scene.path):\(name)")
                #expect(raw == String(decoding: image.manifest, as: UTF8.self))
            }
            #expect(try await Tool.umoci.output("ls", "--layout", scene.path) == names.joined(separator: "\n"))
            try await Tool.skopeo.output(
                "copy", "oci:\(scene.path):\(names[0])", "oci:\(scene.path):docker.io/library/theirs:2")
            #expect(try await scene.succeeds("digest", "store:theirs:2") == "\(amd64.digest)")
        }
    }
}
