import OCI
import Registry
import TestKit
import Testing

@Suite("Blobs of a registry")
struct ClientBlobTests {
    private static let blob = bigBlob(3_000_000)
    private static let descriptor = MemorySource.descriptor(of: blob)

    private func with(
        _ faults: [Fault] = [], blob: [UInt8] = Self.blob,
        _ body: (RegistryRepository, FaultProxy) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(blob: blob, in: path)
        try await FaultProxy.with(registry, faults) { proxy async throws in
            try await body(Client().repository(proxy.host, path), proxy)
        }
    }

    @Test func `are there or not, and known by digest alone`() async throws {
        try await with { repository, _ async throws in
            #expect(try await repository.resolveBlob(Self.descriptor.digest) == Self.descriptor)
            let error = await #expect(throws: ImageError.self) { try await repository.resolveBlob(Digest(of: [1])) }
            #expect(error?.code == .notFound)
        }
    }

    @Test("come whole", arguments: [0, 1, 300_000]) func whole(size: Int) async throws {
        let blob = bigBlob(size, seed: 7)
        try await with(blob: blob) { repository, _ async throws in
            let content = BlobContent(MemorySource.descriptor(of: blob), in: repository)
            #expect(try await content.bytes() == blob)
        }
    }

    @Test("come from an offset on", arguments: [1, 1_500_000, 2_999_999, 3_000_000])
    func fromOffset(offset: Int) async throws {
        try await with { repository, _ async throws in
            let rest = try await repository.rawBlob(Self.descriptor, from: Int64(offset)).collect()
            #expect(rest == Array(Self.blob[offset...]))
        }
    }

    @Test func `go on where the connection broke`() async throws {
        let faults = [1_000_000, 500_000, 0].enumerated().map { number, bytes in
            Fault(.cutResponse(afterBytes: bytes), on: "GET", times: 1, skipping: number)
        }
        try await with(faults) { repository, proxy async throws in
            #expect(try await BlobContent(Self.descriptor, in: repository).bytes() == Self.blob)
            let ranges = proxy.exchanges.map { $0.header("Range") ?? "" }
            #expect(ranges == ["", "bytes=1000000-", "bytes=1500000-", "bytes=1500000-"])
        }
    }

    @Test func `go on with a registry that knows no ranges, too`() async throws {
        let faults = [
            Fault(.cutResponse(afterBytes: 1_000_000), on: "GET", times: 1),
            Fault(.status(200, body: String(repeating: "x", count: 3_000_000)), on: "GET", skipping: 1),
        ]
        let blob = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
        try await with(faults, blob: blob) { repository, proxy async throws in
            let content = BlobContent(MemorySource.descriptor(of: blob), in: repository)
            #expect(try await content.bytes() == blob)
            #expect(proxy.count("GET") == 2)
        }
    }

    @Test func `are given up after some attempts without a byte`() async throws {
        let faults = [
            Fault(.cutResponse(afterBytes: 1_000_000), on: "GET", times: 1),
            Fault(.cutResponse(afterBytes: 0), on: "GET", skipping: 1),
        ]
        try await with(faults) { repository, proxy async throws in
            let error = await #expect(throws: ImageError.self) {
                try await BlobContent(Self.descriptor, in: repository).bytes()
            }
            #expect(error?.code == .interrupted)
            #expect(error?.description.contains("1000000 of 3000000 bytes") == true, "\(error?.description ?? "")")
            #expect(proxy.count("GET") == 5)
        }
    }

    /// Bodies are named, since the description of one as an argument would take longer than its test.
    private static let forged: [String: (body: [UInt8], says: String)] = [
        "other": ([UInt8](repeating: 1, count: 3_000_000), "its content has the digest"),
        "shorter": (bigBlob(2_000_000), "it ended after 2000000 of 3000000 bytes"),
        "longer": (bigBlob(3_000_001), "it is longer than the expected 3000000 bytes"),
    ]

    @Test("that are forged are never used", arguments: ["longer", "other", "shorter"])
    func forged(name: String) async throws {
        let forged = try #require(Self.forged[name])
        try await with([Fault(.replaceBody(forged.body), on: "GET")]) { repository, proxy async throws in
            let error = await #expect(throws: ImageError.self) {
                try await BlobContent(Self.descriptor, in: repository).bytes()
            }
            #expect(error?.code == .verification)
            #expect(error?.description.contains(forged.says) == true, "\(error?.description ?? "")")
            #expect(proxy.count("GET") == 1)
        }
    }

    @Test func `come from where the registry keeps them, without its credentials`() async throws {
        let access = RegistryServer.Access.basic(user: "ann", password: "s3cret")
        try await RegistryServer.with(access) { registry async throws in
            try registry.put(blob: Self.blob, in: "app")
            let open = try await RegistryServer.shared()
            try open.put(blob: Self.blob, in: "kept")
            try await FaultProxy.with(open) { storage async throws in
                let location = "http://localhost:\(storage.port)/v2/kept/blobs/\(Self.descriptor.digest)?sig=a%2Fb"
                let redirect = Fault(.status(307, headers: ["Location": location])) {
                    $0.isRequest("GET", "/blobs/") && $0.header("Authorization") != nil
                }
                try await FaultProxy.with(registry, [redirect]) { proxy async throws in
                    let client = try Client(credential: .password(user: "ann", password: "s3cret"))
                    let repository = try client.repository(proxy.host, "app")
                    #expect(try await BlobContent(Self.descriptor, in: repository).bytes() == Self.blob)
                    #expect(
                        storage.exchanges.map(\.target) == [
                            "/v2/kept/blobs/\(Self.descriptor.digest)?sig=a%2Fb"
                        ])
                    #expect(storage.exchanges.map { $0.header("Authorization") } == [nil])
                    #expect(!client.trace.contains("a%2Fb"), "what signs a request is a secret, too")
                }
            }
        }
    }

    @Test func `are not looked for in circles`() async throws {
        try await with([Fault(.status(302, headers: ["Location": "/again"]), on: "GET")]) {
            repository, proxy async throws in
            let error = await #expect(throws: ImageError.self) {
                try await repository.rawBlob(Self.descriptor, from: 0)
            }
            #expect(error?.description.contains("redirects without end") == true)
            #expect(proxy.count() == 11)
        }
    }
}
