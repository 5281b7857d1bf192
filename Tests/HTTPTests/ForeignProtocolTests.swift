import CCurl
import HTTP
import TestKit
import Testing

/// libcurl is linked without the libraries of other protocols.
@Suite("Protocols other than HTTP")
struct ForeignProtocolTests {
    private let client = HTTPClient(userAgent: "test/1")

    @Test(arguments: ["ftp", "ldap", "ldaps", "rtmp", "scp", "sftp", "smb", "file"])
    func `are refused`(scheme: String) async throws {
        await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest("GET", "\(scheme)://127.0.0.1:1/a")) }
        #expect(ccurl_foreign_calls() == 0)
    }

    @Test func `are not called when a server, an HTTP proxy or a SOCKS proxy asks for Kerberos`() async throws {
        let challenge = ["WWW-Authenticate": "Negotiate", "Proxy-Authenticate": "Negotiate"]
        for status in [401, 407] {
            try await FaultProxy.with(port: 1, [Fault(.status(status, headers: challenge))]) { proxy async throws in
                var request = HTTPRequest("GET", "http://\(proxy.host)/")
                #expect(try await client.send(request).status == status)
                request = HTTPRequest("GET", "http://registry.invalid/")
                request.proxy = HTTPProxy(server: "http://\(proxy.host)")
                #expect(try await client.send(request).status == status)
            }
        }
        // The answer of a SOCKS proxy that wants GSSAPI (RFC 1928, section 3).
        try await GreetingServer.with("\u{5}\u{1}") { host async throws in
            var request = HTTPRequest("GET", "http://registry.invalid/")
            request.proxy = HTTPProxy(server: "socks5h://\(host)")
            let ready = request
            await #expect(throws: HTTPError.self) { try await client.send(ready) }
        }
        #expect(ccurl_foreign_calls() == 0)
    }
}
