package import GRPC

/// Connects steps to SSH agents of this machine.
package struct AgentService: SessionService {
    private static let check = "/moby.sshforward.v1.SSH/CheckAgent"
    private static let forward = "/moby.sshforward.v1.SSH/ForwardAgent"
    private static let defaultID = "default"

    package let methods = [check, forward]
    private let connect: @Sendable (String) async throws -> (any ByteChannel)?

    /// - Parameter connect: Connects to the agent of an id, which is `default` if a step names none; `nil` if there is
    ///   none.
    package init(_ connect: @escaping @Sendable (String) async throws -> (any ByteChannel)?) {
        self.connect = connect
    }

    package func answer(_ request: GRPCRequest) async throws {
        if request.method == Self.check {
            try await agent(try await request.only(NameMessage.self).name).close()
            return try await request.send(EmptyMessage())
        }
        let agent = try await agent(request.metadata["buildkit.ssh.id"] ?? "")
        defer { agent.close() }
        try request.begin()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let bytes = RequestBytes(request)
                while let piece = try await bytes.next() { try await agent.write(piece) }
                try await agent.finish()
            }
            while let piece = try await agent.read() { try await request.send(BytesMessage(piece)) }
            group.cancelAll()
        }
    }

    private func agent(_ id: String) async throws -> any ByteChannel {
        let id = id.isEmpty ? Self.defaultID : id
        guard let agent = try await connect(id) else { throw GRPCStatus(.notFound, "there is no SSH agent \(id)") }
        return agent
    }
}
