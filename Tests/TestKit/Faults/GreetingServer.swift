/// A server that says something to whoever connects, and ends the connection: one that speaks no HTTP.
package enum GreetingServer {
    /// Runs `body` with such a server, given as `127.0.0.1:PORT`.
    package static func with<Result>(
        _ greeting: String, _ body: (_ host: String) async throws -> Result
    ) async throws -> Result {
        let server = try LoopbackServer { client in
            _ = try? client.read()
            try? client.write(greeting.utf8)
            client.shutdown()
        }
        defer { server.stop() }
        return try await body("127.0.0.1:\(server.port)")
    }
}
