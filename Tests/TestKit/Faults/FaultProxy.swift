/// An HTTP/1.1 proxy in front of a registry that passes everything on as it is, unless a ``Fault`` says otherwise.
///
/// A registry that builds its `Location` from the `Host` header, as Distribution does, is reached through the proxy
/// from then on, too.
package final class FaultProxy: Sendable {
    /// One request and what became of it.
    package struct Exchange: Sendable {
        package let method: String
        /// Path and query.
        package let target: String
        package let headers: [HTTPHeader]
        /// How many bytes of content the client has sent.
        package internal(set) var bodyBytes = 0
        /// What the client was answered; `nil` when it was not.
        package internal(set) var status: Int?
        /// What the registry answered; `nil` when it was not asked or did not answer.
        package internal(set) var registryStatus: Int?
        /// The place of its arrival in the order of all arrivals and answers.
        package internal(set) var arrival = 0
        /// The place of its answer in the same order; `nil` until then.
        package internal(set) var completion: Int?

        /// Whether one of two requests arrived before the other was answered.
        package func overlaps(_ other: Exchange) -> Bool {
            arrival < other.completion ?? .max && other.arrival < completion ?? .max
        }

        /// The path without the query.
        package var path: String { String(target.prefix { $0 != "?" }) }

        /// The first request header of a name, whatever its case.
        package func header(_ name: String) -> String? { headers.first { $0.isNamed(name) }?.value }

        /// Whether it is a request of a method, or of any, whose path and query contain a text.
        package func isRequest(_ method: String?, _ part: String = "") -> Bool {
            (method == nil || self.method == method) && (part.isEmpty || target.contains(part))
        }
    }

    private let log: ProxyLog
    private let server: LoopbackServer

    /// Runs `body` with a proxy in front of a registry without TLS.
    ///
    /// Of the faults that match a request all are applied, in order, up to the first that leaves nothing to do.
    package static func with<Result>(
        _ registry: RegistryServer, _ faults: [Fault] = [], _ body: (FaultProxy) async throws -> Result
    ) async throws -> Result {
        try await with(port: registry.port, faults, body)
    }

    /// Runs `body` with a proxy in front of any server on a port of 127.0.0.1.
    package static func with<Result>(
        port: Int, _ faults: [Fault] = [], _ body: (FaultProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try FaultProxy(upstreamPort: port, faults)
        defer { proxy.server.stop() }
        return try await body(proxy)
    }

    private init(upstreamPort: Int, _ faults: [Fault]) throws {
        let log = ProxyLog(faults)
        self.log = log
        server = try LoopbackServer { client in
            log.noteConnection()
            ProxyConnection(client, upstreamPort: upstreamPort, log: log).serve()
        }
    }

    package var port: Int { server.port }

    /// `127.0.0.1:PORT`.
    package var host: String { "127.0.0.1:\(port)" }

    /// What came in so far, in order of arrival.
    package var exchanges: [Exchange] { log.exchanges }

    /// How many connections clients have made so far.
    package var connections: Int { log.connections }

    /// How many requests came in of a method, or of any, whose path and query contain a text.
    package func count(_ method: String? = nil, _ part: String = "") -> Int {
        exchanges.count { $0.isRequest(method, part) }
    }

    /// Replaces the faults and forgets what came in so far.
    package func reset(_ faults: [Fault] = []) { log.reset(faults) }
}
