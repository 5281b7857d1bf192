package import BuildKit
internal import GRPC
internal import OCI

/// The way to the BuildKit of a node.
package struct NodeConnection: Sendable {
    private let node: BuilderNode
    private let contexts: DockerContexts

    package init(_ node: BuilderNode, _ contexts: DockerContexts) {
        self.node = node
        self.contexts = contexts
    }

    /// The way to BuildKit. Pods are asked for, so that one that is running can be chosen.
    ///
    /// - Parameter key: What always goes to the same pod, such as the path of the build context.
    /// - Throws: ``ImageError`` if there is none; `CancellationError`.
    package func endpoint(for key: String = "") async throws -> DaemonEndpoint {
        switch node.driver {
        case .docker, .remote: try fixedEndpoint()
        case .dockerContainer: try ContainerNode(node, contexts).endpoint
        case .kubernetes: try await KubernetesNode(node).endpoint(for: key)
        case .imgtool:
            throw ImageError(
                .failed, "cannot build on the node \(node.name)", "it has no BuildKit, but is a node of imgtool",
                advice: "build its platforms there with --builder default, and combine the results with imgtool merge")
        }
    }

    /// Connects to BuildKit, and closes the connection at the end.
    ///
    /// - Parameter limit: The time for the connection to each address of a host.
    /// - Throws: ``ImageError`` if there is no connection; the errors of `body`.
    package func with<Result: Sendable>(
        within limit: Duration = .seconds(20), _ body: @escaping @Sendable (BuildKitClient) async throws -> Result
    ) async throws -> Result {
        var endpoint = try await endpoint()
        endpoint.name = "the node \(node.name) at \(node.endpoint)"
        return try await endpoint.connected(within: limit, body)
    }

    private func fixedEndpoint() throws(ImageError) -> DaemonEndpoint {
        let isEngine = node.driver == .docker
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
        case .unix(let path): return DaemonEndpoint(.unix(path: path), isEngine: isEngine)
        case .tcp(let host, let port):
            let tls = try certificates.map { certificates throws(ImageError) in try identity(certificates, host) }
            return DaemonEndpoint(.tcp(host: host, port: Int(port), tls: tls), isEngine: isEngine)
        case .ssh(let address):
            let port = address.port.map { Int($0) }
            return isEngine
                ? .engine(onHost: address.host, user: address.user, port: port, socket: address.path)
                : .buildKit(onHost: address.host, user: address.user, port: port, socket: address.path)
        case .container(let name, let context): return .container(name, context: context)
        case .pod(let pod):
            return .pod(pod.name, namespace: pod.namespace, container: pod.container, context: pod.context)
        case .here, .context, .deployment:
            throw ImageError(.usage, "cannot connect to the node \(node.name)", "\(node.endpoint) is no address")
        }
    }

    /// The certificates in the options of a node.
    private static func certificates(in options: [String: String]) -> NodeCertificates? {
        let certificates = NodeCertificates(
            authority: options["cacert"], certificate: options["cert"], key: options["key"],
            serverName: options["servername"])
        return certificates == NodeCertificates() ? nil : certificates
    }

    private func identity(_ certificates: NodeCertificates, _ host: String) throws(ImageError) -> TLSIdentity {
        guard !certificates.acceptsAny else {
            throw ImageError(
                .failed, "cannot connect to the node \(node.name) at \(node.endpoint)",
                "its certificate is not to be verified, and imgtool does not do without",
                advice: "name the certificate of its authority")
        }
        func text(_ path: String?) throws(ImageError) -> String? {
            guard let path else { return nil }
            guard let bytes = try ConfigurationText.read(path, about: "the node \(node.name)") else {
                throw ImageError(.failed, "cannot connect to the node \(node.name)", "there is no file \(path)")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        return TLSIdentity(
            serverName: certificates.serverName ?? host, authorities: try text(certificates.authority),
            certificate: try text(certificates.certificate), key: try text(certificates.key))
    }
}
