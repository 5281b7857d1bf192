package import BuildKit
internal import GRPC
package import OCI

/// The connection to the BuildKit of a node.
package struct NodeConnection: Sendable {
    /// The way to a BuildKit.
    private enum Route: Sendable {
        case unix(path: String)
        case tcp(host: String, port: UInt16)
    }

    private let node: BuilderNode
    private let route: Route
    /// True if the other side is a Docker engine, with its BuildKit behind the engine's API.
    private let isEngine: Bool

    /// - Throws: ``ImageError`` if the node's address is malformed, or there is no way to it.
    package init(_ node: BuilderNode, _ contexts: DockerContexts) throws(ImageError) {
        self.node = node
        isEngine = node.driver == .docker
        var endpoint = try NodeEndpoint(parsing: node.endpoint, for: node.driver)
        var certificates = Self.certificates(in: node.options)
        if case .context(let name) = endpoint {
            let context = try contexts.named(name)
            endpoint = try NodeEndpoint(parsing: context.host, for: .docker)
            certificates = certificates ?? context.tls
        } else if isEngine {
            // The environment describes one engine, and its certificates are for that one.
            let usual = try contexts.named(DockerContexts.defaultName)
            if usual.host == node.endpoint { certificates = certificates ?? usual.tls }
        }
        switch endpoint {
        case .unix(let path): route = .unix(path: path)
        case .tcp(let host, let port) where certificates == nil: route = .tcp(host: host, port: port)
        default:
            throw ImageError(
                .failed, "cannot connect to the node \(node.name)", "this version has no way to \(node.endpoint)")
        }
    }

    /// Connects to BuildKit, and closes the connection at the end.
    ///
    /// - Throws: ``ImageError`` if there is no connection; the errors of `body`.
    package func with<Result: Sendable>(
        _ body: @escaping @Sendable (BuildKitClient) async throws -> Result
    ) async throws -> Result {
        let channel: any ByteChannel
        do {
            let socket: SocketChannel =
                switch route {
                case .unix(let path): try await .connected(toPath: path)
                case .tcp(let host, let port): try await .connected(toHost: host, port: Int(port))
                }
            channel = isEngine ? try await DockerUpgrade.upgrade(socket) : socket
        } catch let error as ChannelError {
            throw ImageError(.failed, "cannot connect to the node \(node.name) at \(node.endpoint)", error.reason)
        }
        return try await BuildKitClient.with(channel, body)
    }

    /// The certificates in the options of a node.
    private static func certificates(in options: [String: String]) -> NodeCertificates? {
        let certificates = NodeCertificates(
            authority: options["cacert"], certificate: options["cert"], key: options["key"],
            serverName: options["servername"])
        return certificates == NodeCertificates() ? nil : certificates
    }
}
