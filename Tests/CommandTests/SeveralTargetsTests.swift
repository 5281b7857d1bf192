import OCI
import TestKit
import Testing

@Suite("create for several targets")
struct SeveralTargetsTests {
    private let big = TestImage(layers: [
        TestLayer(opaque: bigBlob(3_000_000)), TestLayer(opaque: bigBlob(100_000, seed: 7)),
    ])
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    private var blobs: [Digest] { (big.blobs + arm64.blobs).map { Digest(of: $0) } }

    /// Runs `body` with a source behind a proxy and two registries to write to.
    private func with(
        _ faults: [Fault] = [],
        _ body: (_ source: String, FaultProxy, RegistryServer, RegistryServer) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["big": big, "arm64": arm64])
        try await RegistryServer.with { one in
            try await RegistryServer.with { two in
                try await FaultProxy.with(registry, faults) { proxy in
                    try await body(proxy.repository(source), proxy, one, two)
                }
            }
        }
    }

    @Test func `reads each blob once, and writes it to each`() async throws {
        try await with { source, proxy, one, two in
            try await TemporaryFolder.with { folder in
                try await printed(
                    "create", "-t", "\(one.host)/made:1", "-t", "\(two.host)/made:1", "-t", "\(two.host)/other:1", "-t",
                    "oci:\(folder.file("layout")):1", "\(source):big", "\(source):arm64")
                for blob in blobs { #expect(proxy.count("GET", "/blobs/\(blob)") == 1) }
                for (registry, repository) in [(one, "made"), (two, "made"), (two, "other")] {
                    for blob in blobs { #expect(registry.has(blob: blob, in: repository)) }
                    #expect(registry.tags(of: repository) == ["1"])
                }
                for bytes in big.blobs {
                    #expect(TestLayout(reading: "layout", in: folder).blob(Digest(of: bytes)) == bytes)
                }
                try await printed("verify", "oci:\(folder.file("layout")):1")
            }
        }
    }

    @Test func `needs nothing of the source for a target that has it, or that it is mounted in`() async throws {
        try await with { source, proxy, one, _ in
            try await printed("create", "-t", "\(one.host)/made:1", "\(source):big", "\(source):arm64")
            proxy.reset()
            try await printed(
                "create", "-t", "\(one.host)/made:2", "-t", "\(source)-mounted:2", "\(source):big", "\(source):arm64")
            // Configurations are read for their platforms.
            #expect(proxy.count("GET", "/blobs/") == 2)
        }
    }

    @Test func `goes on after a connection that was cut, on either side`() async throws {
        let layer = Digest(of: big.blobs[1])
        let cut = Fault(.cutResponse(afterBytes: 1_000_000), on: "GET", at: "/blobs/\(layer)", times: 1)
        try await with([cut]) { source, _, one, two in
            try await FaultProxy.with(
                one, [Fault(.cutRequest(afterBytes: 500_000), on: "PUT", at: "/blobs/uploads/", times: 1)]
            ) { proxy in
                _ = try await printed(
                    "create", "-t", "\(proxy.host)/made:1", "-t", "\(two.host)/made:1", "\(source):big",
                    "\(source):arm64")
            }
            for registry in [one, two] {
                for blob in blobs { #expect(registry.has(blob: blob, in: "made")) }
                #expect(registry.tags(of: "made") == ["1"])
            }
        }
    }

    @Test func `fails as a whole where one of them refuses`() async throws {
        try await with { source, _, one, two in
            try await FaultProxy.with(one, [Fault(.status(403), on: "POST")]) { proxy in
                let outcome = try await imgtool(
                    "create", "-t", "\(proxy.host)/made:1", "-t", "\(two.host)/made:1", "\(source):big")
                #expect(outcome.status == 4)
            }
            #expect(one.tags(of: "made") == [])
        }
    }
}
