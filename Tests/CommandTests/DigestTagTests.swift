import JSON
import OCI
import TestKit
import Testing

@Suite("Digest tags")
struct DigestTagTests {
    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private static let index = TestIndex([amd64, arm64])
    private static let simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"

    /// What cosign keeps under a tag: an image to look at, but for its layer.
    private static func signature(_ text: String) -> TestImage {
        TestImage(
            Platform(os: "", architecture: ""),
            layers: [TestLayer(opaque: Array(text.utf8), mediaType: simpleSigning)])
    }

    private static func tag(_ digest: Digest, _ suffix: String = "sig") -> String { "sha256-\(digest.hex).\(suffix)" }

    private static let ofIndex = signature("of the index")
    private static let ofChild = signature("of a child")
    private static let sbom = signature("an SBOM")
    private static let ofSBOM = signature("of the SBOM")
    /// By tag: signatures of an index, of its second image, an SBOM of the latter and its signature, one of something else.
    private static var content: KeyValuePairs<String, any TestContent> {
        [
            "v1": index, tag(index.digest): ofIndex, tag(arm64.digest): ofChild, tag(arm64.digest, "sbom"): sbom,
            tag(sbom.digest): ofSBOM, tag(Digest(of: [1])): signature("of something else"),
        ]
    }
    private static let wanted = [
        tag(index.digest), tag(arm64.digest), tag(arm64.digest, "sbom"), tag(sbom.digest),
    ].sorted()

    /// Every command that copies images from one place to another.
    private static let commands: [(name: String, words: @Sendable (_ source: String, _ target: String) -> [String])] = [
        ("copy", { ["copy", "\($0):v1", "\($1):v1"] }),
        ("create", { ["create", "-t", "\($1):v1", "\($0):v1"] }),
        ("merge", { ["merge", "-t", "\($1):v1", "\($0):v1"] }),
    ]

    @Test(
        "go along with --referrers and with --digest-tags, of the index and of its images",
        arguments: commands.map(\.name), ["--referrers", "--digest-tags"])
    func copied(command: String, flag: String) async throws {
        let words = try #require(Self.commands.first { $0.name == command }).words
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(Self.content)
        let target = try registry.repository()
        let outcome = try await Tool.imgtool.run(words(source, target) + [flag])
        #expect(outcome.status == 0 && outcome.error == "", "\(outcome.error)")
        #expect(registry.tags(of: path(of: target)) == Self.wanted + ["v1"])
        #expect(registry.digest(of: Self.tag(Self.index.digest), in: path(of: target)) == Self.ofIndex.digest)
        for blob in Self.ofSBOM.blobs { #expect(registry.has(blob: Digest(of: blob), in: path(of: target))) }
        try await TemporaryFolder.with { folder in
            try await printed("pull", flag, "\(target):v1", folder.file("layout"))
            try await printed("push", flag, "\(folder.file("layout")):v1", "\(target)-back:v1")
            #expect(registry.tags(of: path(of: target) + "-back") == Self.wanted + ["v1"])
        }
    }

    @Test(
        "that stay behind are counted in one line where other referrers are looked for", arguments: ["create", "merge"])
    func left(command: String) async throws {
        let words = try #require(Self.commands.first { $0.name == command }).words
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(Self.content)
        let target = try registry.repository()
        let outcome = try await Tool.imgtool.run(words(source, target))
        #expect(outcome.status == 0)
        let line =
            "warning: 3 referrers of \(Self.arm64.digest) and 1 more stay behind in \(source); --referrers copies them\n"
        #expect(outcome.error == line, "\(outcome.error)")
        #expect(registry.tags(of: path(of: target)) == ["v1"])
    }

    @Test func `are written once`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(Self.content)
        try await FaultProxy.with(registry) { proxy in
            let target = "\(proxy.host)/\(registry.freshRepository())"
            try await succeeds("copy", "--referrers", "\(source):v1", "\(target):v1")
            #expect(proxy.count("PUT", "/manifests/sha256-") == 4)
            proxy.reset()
            let again = try await imgtool("copy", "--referrers", "\(source):v1", "\(target):v1")
            #expect(again.error == "\(target):v1@\(Self.index.digest) is already there\n")
            #expect(proxy.exchanges.allSatisfy { $0.method == "HEAD" })
        }
    }

    @Test func `are an error with --digest-tags where tags are not listed, and a warning with --referrers`()
        async throws
    {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(Self.content)
        let target = try registry.repository()
        try await FaultProxy.with(registry, [Fault(.status(403), at: "/tags/list")]) { proxy in
            let name = proxy.repository(source)
            let copied = try await imgtool("copy", "--referrers", "\(name):v1", "\(target):v1")
            #expect(copied.status == 0)
            #expect(copied.error.contains("warning: signatures under tags of \(name) were not copied"))
            #expect(copied.error.split(separator: "\n").count == 1)
            let failed = try await imgtool("copy", "--digest-tags", "\(name):v1", "\(target):v1")
            #expect(failed.status == 4)
        }
    }

    @Test func `are shown by referrers with what they are`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(Self.content)
        let words = ["referrers", "\(source):v1", "--platform", "linux/arm64"]
        let text = """
            \(source):v1@\(Self.arm64.digest)
            ├── \(Self.simpleSigning)  \(Self.sbom.digest)  \(Self.tag(Self.arm64.digest, "sbom"))
            │   └── \(Self.simpleSigning)  \(Self.ofSBOM.digest)  \(Self.tag(Self.sbom.digest))
            └── \(Self.simpleSigning)  \(Self.ofChild.digest)  \(Self.tag(Self.arm64.digest))

            """
        #expect(try await Tool.imgtool.run(words).output == text)
        let json = try JSONValue(parsing: await Tool.imgtool.run(words + ["--format", "json"]).outputBytes)
        let tags = json["referrers"]?.array?.compactMap { $0["digestTag"]?.string }
        #expect(tags == [Self.tag(Self.arm64.digest, "sbom"), Self.tag(Self.arm64.digest)])
        let none = try await Tool.imgtool.run(words + ["--artifact-type", "application/spdx+json"])
        #expect(none.output.split(separator: "\n").count == 1)
    }
}
