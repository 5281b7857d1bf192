package import GRPC

/// A client of a BuildKit daemon, for as long as its connection lives.
package struct BuildKitClient: Sendable {
    static let service = "/moby.buildkit.v1.Control/"

    let calls: GRPCClient

    /// Connects to a daemon over a channel, and closes the channel at the end.
    ///
    /// - Parameters:
    ///   - channel: A channel on which the daemon speaks HTTP/2, such as ``DockerUpgrade`` provides.
    ///   - authority: The name of the server.
    /// - Throws: The errors of `body`.
    package static func with<Result: Sendable>(
        _ channel: any ByteChannel, authority: String = "localhost",
        _ body: @escaping @Sendable (BuildKitClient) async throws -> Result
    ) async throws -> Result {
        let connection = try HTTP2Connection(clientOn: channel)
        let client = BuildKitClient(calls: GRPCClient(connection, authority: authority))
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                await connection.run()
                return nil
            }
            group.addTask { try await body(client) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// The version of the daemon; `nil` for one that is older than this call (0.11).
    ///
    /// - Throws: ``BuildKitError``; `CancellationError`.
    package func version() async throws -> DaemonVersion? {
        do {
            return try await ask("Info", EmptyMessage(), for: InfoResponse.self).version
        } catch let error as BuildKitError where error.code == .unimplemented {
            return nil
        }
    }

    /// The parts of the daemon that run steps. The first platform of the first is the default one.
    ///
    /// - Parameter filters: As in `id==NAME`.
    /// - Throws: ``BuildKitError``; `CancellationError`.
    package func workers(filters: [String] = []) async throws -> [DaemonWorker] {
        try await ask("ListWorkers", ListWorkersRequest(filters: filters), for: ListWorkersResponse.self).workers
    }

    /// The content of the cache.
    ///
    /// - Parameter filters: As in `type==regular`.
    /// - Throws: ``BuildKitError``; `CancellationError`.
    package func diskUsage(filters: [String] = []) async throws -> [CacheRecord] {
        try await ask("DiskUsage", DiskUsageRequest(filters: filters), for: DiskUsageResponse.self).records
    }

    /// Removes content of the cache.
    ///
    /// - Parameter removed: Called for each record that has been removed.
    /// - Throws: ``BuildKitError``; `CancellationError`.
    package func prune(_ request: PruneRequest, removed: (CacheRecord) -> Void) async throws {
        try await BuildKitError.translating {
            try await calls.ask(Self.service + "Prune", request, for: CacheRecord.self) { removed($0) }
        }
    }

    /// The builds that the daemon remembers, also those that are running; `nil` for a daemon that is older than this call
    /// (0.11).
    ///
    /// - Parameter id: The only build to tell; empty for all.
    /// - Throws: ``BuildKitError``; `CancellationError`.
    package func history(of id: String = "") async throws -> [BuildRecord]? {
        do {
            return try await BuildKitError.translating {
                var records: [BuildRecord] = []
                let request = BuildHistoryRequest(id: id, endsEarly: true)
                try await calls.ask(
                    Self.service + "ListenBuildHistory", request, for: BuildHistoryEvent.self
                ) { event in records.append(event.record) }
                return records
            }
        } catch let error as BuildKitError where error.code == .unimplemented {
            return nil
        }
    }

    private func ask<Response: ProtobufMessage>(
        _ method: String, _ request: some ProtobufMessage, for type: Response.Type
    ) async throws -> Response {
        try await BuildKitError.translating { try await calls.ask(Self.service + method, request, for: type) }
    }
}
