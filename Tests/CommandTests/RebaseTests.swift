import JSON
import OCI
import TestKit
import Testing

@Suite("edit --rebase")
struct RebaseTests {
    private static let platforms = ["linux/amd64", "linux/arm64"].map { try? Platform(parsing: $0) }.compactMap(\.self)

    private let oldLayer = TestLayer("base.txt", "old\n")
    private let newLayers = [TestLayer("base.txt", "new\n"), TestLayer("more.txt", "more\n")]
    private let appLayer = TestLayer("app.txt", "app\n")

    private func base(_ layers: [TestLayer], _ version: String, user: String = "root") -> TestIndex {
        let settings: JSONValue = [
            "Env": ["PATH=/bin", .string("VERSION=\(version)")], "User": .string(user),
            "Labels": ["base": .string(version)],
        ]
        let history = JSONValue.array(layers.map { _ in ["created_by": .string("base \(version)")] })
        let config = JSONObject([.init("config", settings), .init("history", history)])
        return TestIndex(Self.platforms.map { TestImage($0, layers: layers, config: config) })
    }

    private func app(annotations: [String: String] = [:]) -> TestIndex {
        let settings: JSONValue = [
            "Env": ["PATH=/app:/bin", "VERSION=1", "OWN=1"], "User": "root", "Labels": ["base": "1", "own": "1"],
            "Cmd": ["/app"],
        ]
        let history: JSONValue = [["created_by": "base 1"], ["created_by": "app"]]
        let config = JSONObject([.init("config", settings), .init("history", history)])
        return TestIndex(
            Self.platforms.map {
                TestImage($0, layers: [oldLayer, appLayer], annotations: annotations, config: config)
            })
    }

    private func expectRebased(_ config: JSONValue) {
        let settings: JSONValue = [
            "Env": ["PATH=/app:/bin", "VERSION=2", "OWN=1"], "User": "nobody", "Labels": ["base": "2", "own": "1"],
            "Cmd": ["/app"],
        ]
        #expect(config["config"] == settings)
        let ids = (newLayers + [appLayer]).map { JSONValue.string($0.diffID.description) }
        #expect(config["rootfs"]?["diff_ids"] == .array(ids))
        let history: JSONValue = [["created_by": "base 2"], ["created_by": "base 2"], ["created_by": "app"]]
        #expect(config["history"] == history)
    }

    @Test func `takes the base from --old-base, for every platform`() async throws {
        let registry = try await RegistryServer.shared()
        let bases = try registry.repository(["1": base([oldLayer], "1"), "2": base(newLayers, "2", user: "nobody")])
        let repo = try registry.repository(["v1": app()])
        try await refused(
            2, "edit", "\(repo):v1", "--rebase", "\(bases):2", saying: ["--old-base", "org.opencontainers.image.base"])
        try await FaultProxy.with(registry) { proxy in
            let seen = proxy.repository(bases)
            try await printed(
                "edit", "-q", "\(proxy.repository(repo)):v1", "--rebase", "\(seen):2", "--old-base", "\(seen):1")
            // Layers of the new base are mounted from where it is.
            #expect(proxy.exchanges.count { $0.method == "GET" && $0.path.contains("/blobs/") } == 6)
            #expect(proxy.count("GET", "\(path(of: bases))/manifests/2") == 1)
        }
        for platform in Self.platforms {
            let shown = try await printed("inspect", "--config", "--platform", "\(platform)", "\(repo):v1")
            expectRebased(try JSONValue(parsing: shown.utf8))
        }
        try await printed("verify", "--deep", "\(repo):v1")
    }

    @Test func `takes the base from annotations, and records the new one`() async throws {
        let registry = try await RegistryServer.shared()
        let (old, new) = (base([oldLayer], "1"), base(newLayers, "2", user: "nobody"))
        let bases = try registry.repository(["1": old, "2": new])
        let recorded = [
            "org.opencontainers.image.base.name": "\(bases):1",
            "org.opencontainers.image.base.digest": "\(old.digest)",
        ]
        let repo = try registry.repository(["v1": app(annotations: recorded)])
        try await printed("edit", "-q", "\(repo):v1", "--rebase", "\(bases):2")
        let text = try await printed("manifest", "get", "--platform", "linux/arm64", "\(repo):v1")
        let annotations = try JSONValue(parsing: text.utf8)["annotations"]
        let base = try #require(new.children.last as? TestImage)
        #expect(annotations?["org.opencontainers.image.base.name"]?.string == "\(bases):2")
        #expect(annotations?["org.opencontainers.image.base.digest"]?.string == "\(base.digest)")
        let shown = try await printed("inspect", "--config", "--platform", "linux/arm64", "\(repo):v1")
        expectRebased(try JSONValue(parsing: shown.utf8))
        // Once more, there is nothing to do.
        try await FaultProxy.with(registry) { proxy in
            try await printed("edit", "-q", "\(proxy.repository(repo)):v1", "--rebase", "\(bases):2")
            #expect(proxy.writes == 0)
        }
    }

    @Test func `brings the new base's layers from another registry`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": app()])
        try await TemporaryFolder.with { folder in
            let new = base(newLayers, "2", user: "nobody")
            let layout = try TestLayout(in: folder, ["1": base([oldLayer], "1"), "2": new])
            try await printed(
                "edit", "-q", "\(repo):v1", "-t", "\(repo)-new:v2", "--rebase", "oci:\(layout.path):2", "--old-base",
                "oci:\(layout.path):1")
            try await printed("verify", "--deep", "\(repo)-new:v2")
            let shown = try await printed("inspect", "--config", "--platform", "linux/amd64", "\(repo)-new:v2")
            expectRebased(try JSONValue(parsing: shown.utf8))
        }
    }

    @Test func `refuses an image that is not on the old base`() async throws {
        let registry = try await RegistryServer.shared()
        let bases = try registry.repository(["1": base(newLayers, "1"), "2": base(newLayers, "2")])
        let repo = try registry.repository(["v1": app()])
        try await refused(
            1, "edit", "\(repo):v1", "--rebase", "\(bases):2", "--old-base", "\(bases):1",
            saying: ["cannot rebase", "it is not on", "layer 1"])
    }
}
