import OCI
import Registry
import TestKit
import Testing

@Suite("What may pass")
struct ClientRetryTests {
    private static let image = TestImage()

    private func with(
        _ faults: [Fault], _ change: (inout RegistryOptions) -> Void = { _ in },
        _ body: (RegistryRepository, FaultProxy, Client) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(Self.image, in: path, tag: "v1")
        try await FaultProxy.with(registry, faults) { proxy in
            let client = try Client(change)
            try await body(client.repository(proxy.host, path), proxy, client)
        }
    }

    @Test(
        "is tried again",
        arguments: [
            Fault.Action.status(408), .status(429), .status(500), .status(502), .status(503), .status(504),
            .status(429, headers: ["Retry-After": "0"]), .dropAnswer,
            .status(503, headers: ["Retry-After": HTTPDate.text(secondsFromNow: -1)]),
        ])
    func passes(action: Fault.Action) async throws {
        try await with([Fault(action, times: 3)]) { repository, proxy, client async throws in
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            #expect(proxy.count() == 4)
            #expect(client.retries.count == 3)
            #expect(client.retries.allSatisfy { $0.hasPrefix("\(proxy.host): ") && $0.contains("trying again in ") })
        }
    }

    @Test("is tried so often and no more", arguments: [1, 2, 5]) func bounded(attempts: Int) async throws {
        for (action, says) in [(Fault.Action.status(503), "503 service unavailable"), (.dropAnswer, "cut")] {
            try await with([Fault(action)], { $0.retry.attempts = attempts }) { repository, proxy, _ async throws in
                let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
                #expect(error?.code == .interrupted)
                #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
                #expect(proxy.count() == attempts)
            }
        }
    }

    @Test("is not waited for longer than the limit", arguments: ["3600", HTTPDate.text(secondsFromNow: 3600)])
    func tooLong(retryAfter: String) async throws {
        try await with([Fault(.status(429, headers: ["Retry-After": retryAfter]))]) {
            repository, proxy, _ async throws in
            let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(error?.description.contains("429 too many requests") == true)
            #expect(error?.advice?.contains("imgtool login") == true)
            #expect(proxy.count() == 1)
        }
    }

    @Test func `is not tried any more when the time is over`() async throws {
        try await with([Fault(.status(503))], { $0.retry.total = .zero }) { repository, proxy, _ async throws in
            await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(proxy.count() == 1)
        }
    }

    /// docker-registry reads its own records as empty while another client makes it write them.
    @Test(arguments: [2, 3]) func `a digest is only invalid until what it refers to was written`(times: Int)
        async throws
    {
        let body =
            #"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match"},{"code":"UNKNOWN"}]}"#
        let fault = Fault(.status(400, body: body), on: "PUT", at: "/manifests/", times: times)
        try await with([fault]) { repository, proxy, client async throws in
            let manifest = try await repository.manifest(.tag("v1"))
            if times == 2 {
                try await repository.put(manifest, as: .tag("v2"))
                #expect(try await repository.resolve(.tag("v2")).digest == manifest.digest)
            } else {
                let error = await #expect(throws: ImageError.self) {
                    try await repository.put(manifest, as: .tag("v2"))
                }
                #expect(
                    error?.description.contains("DIGEST_INVALID (provided digest did not match) and 1 more") == true)
            }
            #expect(proxy.count("PUT") == 3)
            #expect(client.retries.count == 2)
        }
    }

    @Test("does not pass, and is not tried again", arguments: [400, 403, 404, 405, 501])
    func final(status: Int) async throws {
        try await with([Fault(.status(status), on: "GET")]) { repository, proxy, client async throws in
            await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(proxy.count() == 1)
            #expect(client.retries.isEmpty)
        }
    }

    @Test func `may be a registry that says nothing`() async throws {
        try await with([Fault(.stall, times: 1)], { $0.timeout = .seconds(1) }) {
            repository, proxy, client async throws in
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            #expect(proxy.count() == 2)
            #expect(client.retries.first?.contains("no answer came in time") == true)
        }
    }

    @Test func `is tried again for uploads' sessions and mounts, too`() async throws {
        try await with([Fault(.status(503), on: "POST", times: 1)]) { repository, proxy, _ async throws in
            let content = MemorySource.content(Array(repository.name.utf8))
            #expect(try await repository.put(content, mountingFrom: nil) == .written)
            #expect(proxy.exchanges.map(\.method) == ["HEAD", "POST", "POST", "PUT"])
        }
    }

    @Test func `goes over few connections, however much is asked at once`() async throws {
        try await with([]) { repository, proxy, _ async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<300 {
                    group.addTask { _ = try await repository.manifest(.tag("v1")) }
                }
                try await group.waitForAll()
            }
            #expect(proxy.count("GET") == 300)
            #expect(proxy.connections <= 32, "\(proxy.connections) connections")
        }
    }

    // MARK: Cancellation

    @Test func `ends at once when nobody waits any more`() async throws {
        let cases: [(method: String, part: String, work: @Sendable (RegistryRepository) async throws -> Void)] = [
            ("GET", "/manifests/", { _ = try await $0.manifest(.tag("v1")) }),
            (
                "GET", "/blobs/",
                { _ = try await BlobContent(MemorySource.descriptor(of: Self.image.config), in: $0).bytes() }
            ),
            ("PUT", "/blobs/", { _ = try await $0.put(MemorySource.content(bigBlob(5_000_000)), mountingFrom: nil) }),
            ("PUT", "/manifests/", { try await $0.put(ManifestContent(Self.image), as: .tag("v2")) }),
        ]
        for (method, part, work) in cases {
            try await with([Fault(.stall, on: method, at: part)]) { repository, proxy, _ async throws in
                let task = Task { try await work(repository) }
                while proxy.count(method, part) == 0 { try await Task.sleep(for: .milliseconds(5)) }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
        }
    }
}
