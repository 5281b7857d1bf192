import JSON
import OCI
import TestKit
import Testing

@Suite("An index of 1000 entries")
struct LargeIndexTests {
    private static let index: TestIndex = {
        let layer = TestLayer("file", "the same in all")
        return TestIndex(
            (0..<1000).map { number in
                TestImage(
                    Platform(os: "windows", architecture: "amd64", osVersion: "10.0.\(number)"), layers: [layer])
            })
    }()

    @Test func `takes no more requests to compare and to change than a small one`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = registry.freshRepository("lists")
        try registry.put(Self.index, in: repository, tag: "v1")
        try registry.put(Self.index, in: repository, tag: "v2")
        try await FaultProxy.with(registry) { proxy in
            let name = "\(proxy.host)/\(repository)"
            let words = ["--platform", "windows(10.0.500)/amd64"]
            let rehearsal = try await Tool.imgtool.run(["remove", "\(name):v1", "--dry-run", "-q"] + words)
            let kept = try Index(json: JSONValue(parsing: rehearsal.outputBytes)).manifests
            #expect(kept.count == 999)
            proxy.reset()
            let removal = try await Tool.imgtool.run(["remove", "\(name):v1"] + words)
            #expect(removal.status == 0, "\(removal.error)")
            // The look before and after, four to see that it stays, and two for referrers.
            #expect(proxy.count("GET", "/v2/\(repository)/") <= 9, "\(proxy.exchanges.map(\.target))")
            #expect(proxy.count("PUT") == 2)
            proxy.reset()
            let difference = try await Tool.imgtool.run(["diff", "\(name):v2", "\(name):v1"])
            #expect(difference.status == 1)
            #expect(difference.output.contains("- windows(10.0.500)/amd64"))
            #expect(difference.output.split(separator: "\n").count == 3)
            #expect(proxy.count(nil, "/manifests/") == 2)
        }
    }
}
