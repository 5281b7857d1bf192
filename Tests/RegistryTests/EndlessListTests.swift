import OCI
import Registry
import TestKit
import Testing

/// Lists that a registry would have us read forever, and long ones that are honest.
@Suite("A list of a registry")
struct EndlessListTests {
    /// A registry with pages of tags; each leads to the next one.
    private func with(
        pages: Int, _ tag: (Int) -> String, _ body: (RegistryRepository, FaultProxy) async throws -> Void
    ) async throws {
        let faults = (0...pages).map { number in
            let link = number < pages ? ["Link": "</v2/app/tags/list?last=\(number + 1),x>; rel=\"next\""] : [:]
            let part = number == 0 ? "n=1000" : "last=\(number),x"
            return Fault(.status(200, headers: link, body: "{\"tags\":[\(tag(number))]}"), at: part, times: 1)
        }
        try await FaultProxy.with(port: 1, faults) { proxy in
            try await body(Client().repository(proxy.host, "app"), proxy)
        }
    }

    @Test func `has as many pages as it takes, and some may be empty`() async throws {
        try await with(pages: 1200, { $0 % 50 == 0 ? "\"t\($0)\"" : "" }) { repository, proxy async throws in
            #expect(try await repository.tags().count == 25)
            #expect(proxy.count() == 1201)
        }
    }

    @Test func `may have a page of more than 16 MiB, which is taken as it comes`() async throws {
        let tags = (0..<140_000).map { "\"tag-\(String(repeating: "x", count: 115))-\($0)\"" }.joined(separator: ",\n")
        let body = Array("{\"name\":\"app\",\"tags\":[\(tags)]}".utf8)
        #expect(body.count > 16 << 20)
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(TestImage(), in: path, tag: "v1")
        let faults = [Fault(.cutResponse(afterBytes: body.count / 2), times: 1), Fault(.replaceBody(body))]
        try await FaultProxy.with(registry, faults) { proxy async throws in
            let repository = try Client().repository(proxy.host, path)
            #expect(try await repository.tags().count == 140_000)
            #expect(proxy.count("GET", "/tags/list") == 2, "it was cut off once")
        }
    }

    @Test(
        "goes on wherever a Link leads",
        arguments: [
            "</v2/app/tags/list?last=1,x>; title=\"a, b\"; rel=\"next last\"",
            "/v2/app/tags/list?last=1,x; rel=\"next\"",
            "list?last=1,x;rel=next",
        ])
    func links(link: String) async throws {
        let faults = [
            Fault(.status(200, headers: ["Link": link], body: #"{"tags":["a"]}"#), at: "n=1000"),
            Fault(.status(200, body: #"{"tags":["b"]}"#), at: "last=1,x"),
        ]
        try await FaultProxy.with(port: 1, faults) { proxy async throws in
            #expect(try await Client().repository(proxy.host, "app").tags() == ["a", "b"])
        }
    }

    @Test("does not end at a Link that cannot be read", arguments: ["</v2/app", "<http://[>; rel=next"])
    func unreadable(link: String) async throws {
        let fault = Fault(.status(200, headers: ["Link": link], body: #"{"tags":["a"]}"#))
        try await FaultProxy.with(port: 1, [fault]) { proxy async throws in
            let repository = try Client().repository(proxy.host, "app")
            let error = await #expect(throws: ImageError.self) { try await repository.tags() }
            #expect(error?.reason.contains("at an address that cannot be read") == true)
        }
    }

    @Test("ends when its pages bring nothing new", arguments: ["", "\"v1\"", "null,7,{}"])
    func fruitless(tags: String) async throws {
        try await with(pages: 300, { _ in tags }) { repository, proxy async throws in
            let error = await #expect(throws: ImageError.self) { try await repository.tags() }
            #expect(error?.reason == "the registry's list has no end, its pages repeat themselves")
            #expect(proxy.count() <= 102)
        }
    }

    @Test("ends when an address comes again", arguments: [1, 2, 5])
    func circle(length: Int) async throws {
        let faults = (0..<1000).map { number in
            let link = "</v2/app/tags/list?n=1000&at=\(number % length)>; rel=\"next\""
            return Fault(
                .status(200, headers: ["Link": link], body: "{\"tags\":[\"t\(number)\"]}"), times: 1)
        }
        try await FaultProxy.with(port: 1, faults) { proxy async throws in
            let repository = try Client().repository(proxy.host, "app")
            let error = await #expect(throws: ImageError.self) { try await repository.tags() }
            #expect(error?.reason == "the registry's list has no end, its pages repeat themselves")
            #expect(proxy.count() == length + 1)
        }
    }

    @Test func `of referrers is held to the same`() async throws {
        let digest = Digest(of: [1])
        let entry = #"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#(digest)","size":1}"#
        let faults = (0...300).map { number in
            let link = "</v2/app/referrers/x?page=\(number)>; rel=\"next\""
            let body = #"{"schemaVersion":2,"manifests":[\#(entry),\#(entry)]}"#
            return Fault(.status(200, headers: ["Link": link], body: body), times: 1)
        }
        try await FaultProxy.with(port: 1, faults) { proxy async throws in
            let repository = try Client().repository(proxy.host, "app")
            let error = await #expect(throws: ImageError.self) {
                try await repository.referrers(of: digest, artifactType: nil)
            }
            #expect(error?.reason == "the registry's list has no end, its pages repeat themselves")
            #expect(proxy.count() <= 102)
        }
    }

    // MARK: Numbers

    @Test("has numbers that mean nothing", arguments: ["-1", "+1", "1e3", "9223372036854775808", " ", "0x10"])
    func numbers(text: String) async throws {
        #expect(Int64(byteCount: text) == nil)
    }

    @Test("asks for chunks of any size", arguments: ["9223372036854775807", "9223372036854775808", "-1", "0", "18"])
    func chunks(least: String) async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        let faults = [Fault(.rewriteHeader("OCI-Chunk-Min-Length", least), on: "POST")]
        try await FaultProxy.with(registry, faults) { proxy async throws in
            let bytes = [UInt8](repeating: 7, count: 1000)
            let repository = try Client().repository(proxy.host, path)
            #expect(try await repository.put(MemorySource.content(bytes), mountingFrom: nil) == .written)
            #expect(registry.has(blob: Digest(of: bytes), in: path))
        }
    }

    @Test("says how long to wait", arguments: ["9223372036854775807", "-9223372036854775808", "99999999999999999999"])
    func pauses(text: String) async throws {
        let busy = Fault(.status(429, headers: ["Retry-After": text]))
        try await FaultProxy.with(port: 1, [busy]) { proxy async throws in
            let repository = try Client { $0.retry.attempts = 2 }.repository(proxy.host, "app")
            let error = await #expect(throws: ImageError.self) { try await repository.tags() }
            #expect(error?.code == .interrupted)
        }
    }

    @Test("says when a token ends", arguments: ["9223372036854775807", "-9223372036854775808", "1e300"])
    func lifetimes(text: String) async throws {
        let token = Fault(.status(200, body: #"{"token":"t","expires_in":\#(text)}"#))
        try await FaultProxy.with(port: 1, [token]) { service async throws in
            let asks = ["WWW-Authenticate": "Bearer realm=\"http://\(service.host)/token\""]
            let faults = [
                Fault(.status(401, headers: asks)) { $0.header("Authorization") == nil },
                Fault(.status(200, body: #"{"tags":["a"]}"#)),
            ]
            try await FaultProxy.with(port: 1, faults) { proxy async throws in
                #expect(try await Client().repository(proxy.host, "app").tags() == ["a"])
            }
        }
    }
}
