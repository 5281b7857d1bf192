import GRPC

/// Runs `body` with a client and a server that are connected to each other, and the server answering calls.
func withPair(
    answer: @escaping @Sendable (GRPCRequest) async throws -> Void,
    _ body: @escaping @Sendable (GRPCClient) async throws -> Void
) async throws {
    let (near, far) = try SocketChannel.pair()
    let client = try HTTP2Connection(clientOn: near)
    let server = try HTTP2Connection(serverOn: far)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await client.run() }
        group.addTask { await server.run() }
        group.addTask { await GRPCServer.serve(server, answer: answer) }
        defer { group.cancelAll() }
        try await body(GRPCClient(client))
    }
}
