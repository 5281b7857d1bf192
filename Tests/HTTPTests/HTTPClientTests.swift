import HTTP
import TestKit
import Testing

@Suite("HTTP")
struct HTTPClientTests {
    @Test func `is spoken with whom it is told`() async throws {
        try await FaultProxy.with(port: 1, [Fault(.status(200, headers: ["X-A": "1"], body: "hello"))]) { proxy in
            let client = HTTPClient(userAgent: "test/1")
            let response = try await client.send(HTTPRequest("GET", "http://\(proxy.host)/a?b=%2F"))
            #expect(response.status == 200)
            #expect(response.headers["x-a"] == "1")
            #expect(try await response.body.collect(limit: 100) == Array("hello".utf8))
            #expect(proxy.exchanges[0].target == "/a?b=%2F")
            #expect(proxy.exchanges[0].header("User-Agent") == "test/1")
        }
    }
}
