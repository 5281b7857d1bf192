internal import Concurrency
internal import GRPC

/// The services for a daemon during a build. Nothing else exists for the daemon.
package struct BuildSession: Sendable {
    /// The name of this machine's folder among all that send files to the daemon, which compares what it has of them by
    /// size and time. Two folders with one name would be mixed up.
    package var sharedKey: String
    package var services: [any SessionService]

    package init(sharedKey: String, services: [any SessionService]) {
        self.sharedKey = sharedKey
        self.services = services
    }

    private var all: [String: any SessionService] {
        var all: [String: any SessionService] = [:]
        for service in services + [HealthService()] {
            for method in service.methods { all[method] = service }
        }
        return all
    }

    /// Serves a daemon until the session is over.
    ///
    /// - Parameter id: The id by which a build refers to the session.
    /// - Returns: The reason for the end.
    func serve(_ client: GRPCClient, id: String) async throws -> HTTP2Error {
        let services = all
        let fields = [
            HTTP2Field("x-docker-expose-session-uuid", id), HTTP2Field("x-docker-expose-session-name", "imgtool"),
            HTTP2Field("x-docker-expose-session-sharedkey", sharedKey),
        ]
        let methods = services.keys.sorted().map { HTTP2Field("x-docker-expose-session-grpc-method", $0) }
        let call = try client.call(BuildKitClient.service + "Session", metadata: fields + methods)
        let connection = try HTTP2Connection(serverOn: CallChannel(call))
        return await withTaskGroup(of: HTTP2Error?.self) { group in
            group.addTask { await connection.run() }
            group.addTask {
                await GRPCServer.serve(connection) { request in
                    guard let service = services[request.method] else {
                        throw GRPCStatus(.unimplemented, "\(request.method) is not served here")
                    }
                    try await service.answer(request)
                }
                return nil
            }
            var reason: HTTP2Error?
            for await result in group { reason = reason ?? result }
            return reason ?? .lost(reason: "it was closed")
        }
    }
}

/// Tells that the session is alive.
private struct HealthService: SessionService {
    let methods = ["/grpc.health.v1.Health/Check"]

    func answer(_ request: GRPCRequest) async throws {
        var serving = ProtobufWriter()
        serving.put(1, Int32(1))
        try await request.send(serving.bytes)
    }
}
