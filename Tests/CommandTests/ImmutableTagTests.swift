import OCI
import TestKit
import Testing

@Suite("A tag that cannot be changed")
struct ImmutableTagTests {
    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private static let index = TestIndex([amd64, arm64])

    /// What registries with immutable tags answer to every write of one.
    private static let immutable = Fault(
        .status(400, body: #"{"errors":[{"code":"TAG_INVALID","message":"the tag is immutable"}]}"#), on: "PUT",
        at: "/manifests/v1")

    /// The commands that put a tag there, given the target and a layout that has the same as `index`, `amd64` and `arm64`.
    private static let commands: [(name: String, words: @Sendable (_ target: String, _ layout: String) -> [String])] = [
        ("copy", { ["copy", "oci:\($1):index", "\($0):v1"] }),
        ("push", { ["push", "\($1):index", "\($0):v1"] }),
        ("create", { ["create", "-t", "\($0):v1", "oci:\($1):amd64", "oci:\($1):arm64"] }),
        ("create --append", { ["create", "--append", "-t", "\($0):v1", "oci:\($1):amd64", "oci:\($1):arm64"] }),
        ("create of one", { ["create", "-t", "\($0):v1", "oci:\($1):index"] }),
        ("merge", { ["merge", "-t", "\($0):v1", "oci:\($1):amd64", "oci:\($1):arm64"] }),
        ("manifest put", { ["manifest", "put", "\($0):v1", "\($1)/blobs/sha256/\(index.digest.hex)"] }),
    ]

    @Test("is left alone by who would put the same there, with success", arguments: commands.map(\.name))
    func same(command: String) async throws {
        let words = try #require(Self.commands.first { $0.name == command }).words
        let registry = try await RegistryServer.shared()
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(
                in: folder, ["index": Self.index, "amd64": Self.amd64, "arm64": Self.arm64])
            let target = try registry.repository()
            try await printed("create", "-t", "\(target):v1", "oci:\(layout.path):amd64", "oci:\(layout.path):arm64")
            let digest = try #require(registry.digest(of: "v1", in: path(of: target)))
            #expect(digest == Self.index.digest)
            try await FaultProxy.with(registry, [Self.immutable]) { proxy in
                let outcome = try await Tool.imgtool.run(words(proxy.repository(target), layout.path))
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(outcome.output == "\(proxy.repository(target)):v1@\(digest)\n")
                let line = "\(proxy.repository(target)):v1@\(digest) is already there\n"
                #expect(command == "create --append" || outcome.error == line, "\(outcome.error)")
                #expect(proxy.writes == 0)
                let quiet = try await Tool.imgtool.run(words(proxy.repository(target), layout.path) + ["-q"])
                #expect(quiet.error == "")
            }
        }
    }

    @Test func `is said to be refused when something else is put there`() async throws {
        let registry = try await RegistryServer.shared()
        let target = try registry.repository(["v1": Self.index, "one": Self.amd64])
        try await FaultProxy.with(registry, [Self.immutable]) { proxy in
            let name = proxy.repository(target)
            expectFailure(
                try await imgtool("copy", "\(name):one", "\(name):v1"), 1, naming: "TAG_INVALID", "immutable")
        }
    }

    @Test func `is left alone by manifest push`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["one": Self.amd64, "two": Self.arm64])
        try await TemporaryFolder.with { folder in
            let environment = ["IMGTOOL_STORE": folder.file("store")]
            func run(_ words: String...) async throws -> String {
                let outcome = try await Tool.imgtool.run(["manifest"] + words, environment: environment)
                #expect(outcome.status == 0, "\(outcome.error)")
                return outcome.output
            }
            try await FaultProxy.with(registry) { proxy in
                let name = proxy.repository(repo)
                _ = try await run("create", "\(name):v1", "\(name):one", "\(name):two")
                let digest = try await run("push", "\(name):v1")
                proxy.reset([Self.immutable])
                #expect(try await run("push", "\(name):v1") == digest)
                #expect(proxy.writes == 0)
            }
        }
    }
}
