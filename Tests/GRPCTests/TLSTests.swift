import Foundation
import GRPC
import TestKit
import Testing

@Suite("TLS", .timeLimit(.minutes(5)))
struct TLSTests {
    private func text(_ path: String?) throws -> String {
        try String(contentsOfFile: path ?? "", encoding: .utf8)
    }

    /// The status of a request to a real server of Go, with its HTTP/2.
    private func status(of server: RegistryServer, as identity: TLSIdentity) async throws -> String? {
        let socket = try await SocketChannel.connected(toHost: "127.0.0.1", port: server.port)
        defer { socket.close() }
        let connection = try HTTP2Connection(clientOn: try await TLSChannel.client(on: socket, as: identity))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await connection.run() }
            defer { group.cancelAll() }
            let stream = try connection.open([
                HTTP2Field(":method", "GET"), HTTP2Field(":scheme", "https"), HTTP2Field(":path", "/v2/"),
                HTTP2Field(":authority", server.host),
            ])
            stream.finish()
            guard case .fields(let fields) = try await stream.next() else { return nil }
            return fields[":status"]
        }
    }

    @Test func `carries HTTP/2, with a certificate on both sides`() async throws {
        try await RegistryServer.with(over: .mutualTLS) { server in
            let certificates = try #require(server.certificates)
            var identity = TLSIdentity(serverName: "127.0.0.1")
            identity.authorities = try text(certificates.authority)
            identity.certificate = try text(certificates.client)
            identity.key = try text(certificates.clientKey)
            #expect(try await status(of: server, as: identity) == "200")
            identity.serverName = "localhost"
            #expect(try await status(of: server, as: identity) == "200")
        }
    }

    @Test func `accepts no other name, no other authority, and no wrong files`() async throws {
        try await RegistryServer.with(over: .mutualTLS) { server in
            let certificates = try #require(server.certificates)
            var identity = TLSIdentity(serverName: "127.0.0.2", authorities: try text(certificates.authority))
            let name = await #expect(throws: ChannelError.self) { try await status(of: server, as: identity) }
            #expect(name?.reason == "the server's certificate is not accepted: IP address mismatch")
            identity.serverName = "example.org"
            let host = await #expect(throws: ChannelError.self) { try await status(of: server, as: identity) }
            #expect(host?.reason == "the server's certificate is not accepted: hostname mismatch")
            identity = TLSIdentity(serverName: "127.0.0.1")
            let unknown = await #expect(throws: ChannelError.self) { try await status(of: server, as: identity) }
            #expect(unknown?.reason.hasPrefix("the server's certificate is not accepted: ") == true)
            identity.authorities = "no certificate"
            let nonsense = await #expect(throws: ChannelError.self) { try await status(of: server, as: identity) }
            #expect(nonsense?.reason.hasPrefix("the certificates cannot be used: ") == true)
            identity.authorities = try text(certificates.authority)
            identity.certificate = try text(certificates.client)
            identity.key = try text(certificates.serverKey)
            let mixed = await #expect(throws: ChannelError.self) { try await status(of: server, as: identity) }
            #expect(mixed?.reason == "the certificates cannot be used: key values mismatch")
        }
    }

    @Test func `says that the server wants a certificate`() async throws {
        try await RegistryServer.with(over: .mutualTLS) { server in
            let authority = try text(server.certificates?.authority)
            let identity = TLSIdentity(serverName: "127.0.0.1", authorities: authority)
            let error = await #expect(throws: HTTP2Error.self) { try await status(of: server, as: identity) }
            #expect("\(error, default: "")".contains("certificate"))
        }
    }

    @Test func `is not spoken by a server without it`() async throws {
        let server = try await RegistryServer.shared()
        let socket = try await SocketChannel.connected(toHost: "127.0.0.1", port: server.port)
        await #expect(throws: ChannelError.self) {
            try await TLSChannel.client(on: socket, as: TLSIdentity(serverName: "localhost"))
        }
    }
}
