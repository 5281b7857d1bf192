package import GRPC
internal import OCI

/// The way to a daemon.
package struct DaemonEndpoint: Sendable, Hashable {
    /// The means by which bytes get there.
    package enum Route: Sendable, Hashable {
        /// A socket of this machine.
        case unix(path: String)
        case tcp(host: String, port: Int, tls: TLSIdentity?)
        /// A program with arguments, whose input and output lead there, and variables for its environment.
        case program([String], environment: [String: String] = [:])
    }

    package var route: Route
    /// True for the API of a Docker engine, which has BuildKit inside.
    package var isEngine: Bool
    /// The name of the daemon for errors, if its address is not enough.
    package var name: String?

    package init(_ route: Route, isEngine: Bool) {
        self.route = route
        self.isEngine = isEngine
    }

    /// BuildKit on another machine.
    ///
    /// - Parameter socket: The path of the daemon's socket there; `nil` for the usual one.
    package static func buildKit(onHost host: String, user: String?, port: Int?, socket: String?) -> DaemonEndpoint {
        let address = socket.map { ["--addr", "unix://\($0)"] } ?? []
        return DaemonEndpoint(
            .program(["ssh"] + ssh(user, port) + ["--", host, "buildctl"] + address + ["dial-stdio"]), isEngine: false)
    }

    /// The Docker engine of another machine.
    ///
    /// - Parameter socket: The path of the engine's socket there; `nil` for the usual one.
    package static func engine(onHost host: String, user: String?, port: Int?, socket: String?) -> DaemonEndpoint {
        let engine = socket.map { " --host=unix://\(quoted($0))" } ?? ""
        let options = ["-o", "ConnectTimeout=30", "-T"]
        return DaemonEndpoint(
            .program(["ssh"] + ssh(user, port) + options + ["--", host, "docker\(engine) system dial-stdio"]),
            isEngine: true)
    }

    /// BuildKit in a container.
    ///
    /// - Parameters:
    ///   - context: The Docker context of the engine that runs it; `nil` for the current one.
    ///   - environment: Variables for `docker`, such as `DOCKER_HOST`.
    package static func container(
        _ name: String, context: String?, environment: [String: String] = [:]
    ) -> DaemonEndpoint {
        let context = context.map { ["--context=\($0)"] } ?? []
        return DaemonEndpoint(
            .program(
                ["docker"] + context + ["exec", "-i", name, "buildctl", "dial-stdio"], environment: environment),
            isEngine: false)
    }

    /// BuildKit in a pod; `nil` for kubectl's own defaults.
    package static func pod(_ name: String, namespace: String?, container: String?, context: String?) -> DaemonEndpoint
    {
        DaemonEndpoint(
            .program([
                "kubectl", "--context=\(context ?? "")", "--namespace=\(namespace ?? "")", "exec",
                "--container=\(container ?? "")", "-i", name, "--", "buildctl", "dial-stdio",
            ]), isEngine: false)
    }

    /// Connects, runs `body` with a client, and closes the connection.
    ///
    /// - Parameter limit: The time to connect to each address of a host.
    /// - Throws: ``ImageError`` if there is no connection; the error of `body`.
    package func connected<Result: Sendable>(
        within limit: Duration = .seconds(20), _ body: @escaping @Sendable (BuildKitClient) async throws -> Result
    ) async throws -> Result {
        switch route {
        case .unix(let path):
            let channel = try await connecting { try await SocketChannel.connected(toPath: path) }
            return try await serve(channel, body)
        case .tcp(let host, let port, let tls):
            let channel = try await connecting { () -> any ByteChannel in
                let socket = try await SocketChannel.connected(toHost: host, port: port, within: limit)
                return if let tls { try await TLSChannel.client(on: socket, as: tls) } else { socket }
            }
            return try await serve(channel, body)
        case .program(let arguments, let environment):
            return try await ProgramChannel.with(arguments, environment: environment) { channel in
                try await serve(channel, body)
            }
        }
    }

    private func serve<Result: Sendable>(
        _ channel: any ByteChannel, _ body: @escaping @Sendable (BuildKitClient) async throws -> Result
    ) async throws -> Result {
        defer { channel.close() }
        var authority = "localhost"
        if case .tcp(let host, _, let tls) = route { authority = tls?.serverName ?? host }
        let inner = isEngine ? try await connecting { try await DockerUpgrade.upgrade(channel) } : channel
        return try await BuildKitClient.with(inner, authority: authority, body)
    }

    private func connecting<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ChannelError {
            throw ImageError(.interrupted, "cannot connect to \(name ?? "\(self)")", error.reason)
        }
    }

    private static func ssh(_ user: String?, _ port: Int?) -> [String] {
        (user.map { ["-l", $0] } ?? []) + (port.map { ["-p", "\($0)"] } ?? [])
    }

    /// A word for the shell of the other machine.
    private static func quoted(_ word: String) -> String { "'\(word.replacing("'", with: #"'\''"#))'" }
}

extension DaemonEndpoint: CustomStringConvertible {
    package var description: String {
        switch route {
        case .unix(let path): path
        case .tcp(let host, let port, _): "\(host):\(port)"
        case .program(let arguments, _): arguments.joined(separator: " ")
        }
    }
}
