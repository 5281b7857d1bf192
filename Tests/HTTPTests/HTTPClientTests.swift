import Concurrency
import HTTP
import OCI
import TestKit
import Testing

@Suite("HTTP")
struct HTTPClientTests {
    private func with(
        _ fault: Fault.Action, _ body: (HTTPClient, FaultProxy) async throws -> Void
    ) async throws {
        try await FaultProxy.with(port: 1, [Fault(fault)]) { try await body(HTTPClient(userAgent: "test/1"), $0) }
    }

    private func failure(_ client: HTTPClient, _ request: HTTPRequest) async -> HTTPError? {
        await #expect(throws: HTTPError.self) { try await client.send(request).body.collect(limit: 100) }
    }

    @Test func `requests go out as they are made, and answers of any status come back`() async throws {
        for status in [200, 204, 307, 404, 503] {
            let answer = Fault.Action.status(status, headers: ["X-A": "1"], body: status == 204 ? "" : "hello")
            try await with(answer) { client, proxy async throws in
                let url = "http://\(proxy.host)/a/../b?c=%2F+d"
                let response = try await client.send(HTTPRequest("GET", url, headers: ["X-B": "2"]))
                #expect(response.status == status)
                #expect(response.headers["x-a"] == "1")
                #expect(response.url == url)
                #expect(try await response.body.collect(limit: 5) == Array((status == 204 ? "" : "hello").utf8))
                #expect(proxy.exchanges[0].target == "/a/../b?c=%2F+d", "nothing is tidied up")
                #expect(proxy.exchanges[0].header("User-Agent") == "test/1")
                #expect(proxy.exchanges[0].header("x-b") == "2")
            }
        }
    }

    @Test("bodies go out", arguments: ["POST", "PUT", "PATCH"]) func bodies(method: String) async throws {
        try await with(.status(201)) { client, proxy async throws in
            let blob = bigBlob(3_000_000)
            for body in [HTTPRequest.Body.bytes(blob), .stream(BytesStream(blob), length: 3_000_000), .bytes([])] {
                let response = try await client.send(HTTPRequest(method, "http://\(proxy.host)/", body: body))
                #expect(response.status == 201)
            }
            #expect(proxy.exchanges.map(\.method) == [method, method, method])
            #expect(proxy.exchanges.map(\.bodyBytes) == [3_000_000, 3_000_000, 0])
            #expect(proxy.exchanges.map { $0.header("Content-Length") } == ["3000000", "3000000", "0"])
            #expect(proxy.exchanges.allSatisfy { $0.header("Expect") == nil })
        }
    }

    @Test func `a body that fails takes the request with it, and its error is the one that counts`() async throws {
        struct Broken: Error {}
        final class BrokenStream: ByteStream {
            func next() async throws -> [UInt8]? { throw Broken() }
        }
        try await with(.status(201)) { client, proxy async throws in
            let request = HTTPRequest("PUT", "http://\(proxy.host)/", body: .stream(BrokenStream(), length: 10))
            await #expect(throws: Broken.self) { try await client.send(request) }
        }
    }

    @Test func `an answer is no larger than is accepted`() async throws {
        try await with(.status(200, body: String(repeating: "x", count: 101))) { client, proxy async throws in
            let error = await failure(client, HTTPRequest("GET", "http://\(proxy.host)/"))
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test(
        "what goes wrong has a kind",
        arguments: [
            ("http://127.0.0.1:1/", HTTPError.Kind.unreachable), ("http://nowhere.invalid/", .unreachable),
            ("ftp://127.0.0.1/", .notHTTP), ("http://[/", .local),
        ])
    func kinds(url: String, kind: HTTPError.Kind) async throws {
        let error = await failure(HTTPClient(userAgent: "test"), HTTPRequest("GET", url))
        #expect(error?.kind == kind, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `silence ends after a while`() async throws {
        try await with(.stall) { client, proxy async throws in
            var request = HTTPRequest("GET", "http://\(proxy.host)/")
            request.idleTimeout = .seconds(1)
            #expect(await failure(client, request)?.kind == .broken)
            request.idleTimeout = .seconds(60)
            request.timeout = .milliseconds(50)
            #expect(await failure(client, request)?.kind == .broken)
        }
    }

    @Test func `a body outlives its client`() async throws {
        let registry = try await RegistryServer.shared()
        let blob = bigBlob(5_000_000, seed: 11)
        let path = registry.freshRepository()
        let digest = try registry.put(blob: blob, in: path)
        let body = try await HTTPClient(userAgent: "test").send(
            HTTPRequest("GET", "\(registry.url)/v2/\(path)/blobs/\(digest)")
        ).body
        #expect(try await body.collect(limit: 5_000_000) == blob)
    }

    @Test func `a body that is dropped ends its connection, and the client goes on`() async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        let digest = try registry.put(blob: bigBlob(20_000_000), in: path)
        try await FaultProxy.with(registry) { proxy async throws in
            let client = HTTPClient(userAgent: "test")
            let url = "http://\(proxy.host)/v2/\(path)/blobs/\(digest)"
            for _ in 0..<3 {
                let response = try await client.send(HTTPRequest("GET", url))
                #expect(try await response.body.next()?.isEmpty == false)
            }
            let response = try await client.send(HTTPRequest("HEAD", url))
            #expect(response.headers["Content-Length"] == "20000000")
            #expect(proxy.connections == 4)
        }
    }

    @Test func `a cancelled request ends at once`() async throws {
        try await with(.stall) { client, proxy async throws in
            let task = Task { try await client.send(HTTPRequest("GET", "http://\(proxy.host)/")) }
            while proxy.count() == 0 { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let late = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.send(HTTPRequest("GET", "http://\(proxy.host)/"))
            }
            await #expect(throws: CancellationError.self) { try await late.value }
        }
    }

    @Test func `a trace shows the exchange without secrets`() async throws {
        try await FaultProxy.with(
            port: 1,
            [
                Fault(.status(202, headers: ["Location": "/up?_state=s3cret&digest=sha256:1", "Set-Cookie": "s3cret"]))
            ]
        ) { proxy async throws in
            let lines = Guarded<[String]>([])
            let client = HTTPClient(userAgent: "test") { line in lines.withLock { $0.append(line) } }
            _ = try await client.send(
                HTTPRequest(
                    "GET", "http://ann:s3cret@\(proxy.host)/a?sig=s3cret&n=10",
                    headers: ["Authorization": "Bearer s3cret", "Cookie": "a=s3cret"]))
            let text = lines.withLock { $0.joined(separator: "\n") }
            #expect(!text.contains("s3cret"))
            #expect(text.contains("GET http://***@\(proxy.host)/a?sig=***&n=10"))
            #expect(text.contains("authorization: Bearer ***"))
            #expect(text.contains("location: /up?_state=***&digest=sha256:1"))
        }
    }

    @Test(
        "a field that would end early or begin another one is not sent",
        arguments: [("X", "a\r\nY: 1"), ("X", "a\nY: 1"), ("X\r\nY", "1"), ("X", "a\u{0}"), ("X", "a\u{7F}")])
    func fields(name: String, value: String) async throws {
        try await FaultProxy.with(port: 1, [Fault(.status(200))]) { proxy async throws in
            let request = HTTPRequest("GET", "http://\(proxy.host)/", headers: [name: value])
            let error = await #expect(throws: HTTPError.self) { try await HTTPClient(userAgent: "test").send(request) }
            #expect(error?.kind == .local)
            #expect(proxy.count() == 0)
        }
    }

    // MARK: Proxies

    @Test func `proxies of the environment are for others than this machine`() async throws {
        try await FaultProxy.with(port: 1, [Fault(.status(404, body: "{}"))]) { proxy async throws in
            try await FaultProxy.with(port: 1, [Fault(.status(404, body: "{}"))]) { local async throws in
                let environment = ["http_proxy": "http://\(proxy.host)", "HTTPS_PROXY": "http://\(proxy.host)"]
                for place in ["registry.example:5000", local.host] {
                    _ = try await Tool.imgtool.run(
                        ["inspect", "--plain-http", "\(place)/app:v1"], environment: environment)
                }
                #expect(proxy.exchanges.map(\.target) == ["http://registry.example:5000/v2/app/manifests/v1"])
                #expect(local.count() >= 1)

                let excepted = environment.merging(["no_proxy": "registry.invalid"]) { $1 }
                proxy.reset()
                _ = try await Tool.imgtool.run(
                    ["inspect", "--plain-http", "--attempts", "1", "registry.invalid/app:v1"], environment: excepted)
                #expect(proxy.count() == 0)
            }
        }
    }
}
