import BuildKit
import Concurrency
import GRPC

/// A daemon in the process of the test. What it does during a build is up to the test.
struct FakeDaemon: Sendable {
    /// What a build does with the session; its error is the build's.
    var solve: @Sendable (_ session: GRPCClient, _ request: SolveRequest) async throws -> SolveResponse
    /// What Status says, and when it ends.
    var status: @Sendable (GRPCRequest) async throws -> Void = { _ in }
    /// The fields by which the session has been announced.
    let announced = Guarded<[HTTP2Field]>([])

    init(_ solve: @escaping @Sendable (_ session: GRPCClient, _ request: SolveRequest) async throws -> SolveResponse) {
        self.solve = solve
    }

    /// Runs the daemon, and `body` with a client that is connected to it.
    func with(_ body: @escaping @Sendable (BuildKitClient) async throws -> Void) async throws {
        let (near, far) = try SocketChannel.pair()
        let connection = try HTTP2Connection(serverOn: far)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await connection.run() }
            group.addTask { await serve(connection) }
            defer { group.cancelAll() }
            try await BuildKitClient.with(near, body)
        }
    }

    /// Runs one build with some services.
    @discardableResult
    func build(_ services: [any SessionService], observer: @escaping @Sendable (StatusUpdate) -> Void = { _ in })
        async throws -> [String: String]
    {
        let values = Guarded<[String: String]>([:])
        try await with { client in
            let session = BuildSession(sharedKey: "key", services: services)
            let result = try await client.build(SolveRequest(), session: session) { observer($0) }
            values.withLock { $0 = result }
        }
        return values.withLock { $0 }
    }

    private func serve(_ connection: HTTP2Connection) async {
        let session = Watched<GRPCClient?>(nil)
        await GRPCServer.serve(connection) { request in
            switch request.method {
            case "/moby.buildkit.v1.Control/Session":
                announced.withLock { $0 = request.metadata }
                try request.begin()
                let inner = try HTTP2Connection(clientOn: RequestChannel(request))
                session.change { $0 = GRPCClient(inner) }
                await inner.run()
            case "/moby.buildkit.v1.Control/Solve":
                let wanted = try await request.only(SolveRequest.self)
                let client = try await session.wait { $0 }
                try await request.send(try await solve(client, wanted))
            case "/moby.buildkit.v1.Control/Status": try await status(request)
            default: throw GRPCStatus(.unimplemented, request.method)
            }
        }
    }
}

/// The messages of a call as a channel, from the side of the daemon.
private final class RequestChannel: ByteChannel {
    private let request: GRPCRequest

    init(_ request: GRPCRequest) {
        self.request = request
    }

    func read() async throws -> [UInt8]? { try await request.next(BytesMessage.self)?.data }
    func write(_ bytes: [UInt8]) async throws { try await request.send(BytesMessage(bytes)) }
    func finish() async throws {}
    func close() {}
}
