/// The address of a Docker engine, as a docker context or the environment gives it.
package struct DockerContext: Sendable, Hashable {
    package let name: String
    /// The address, such as `unix:///var/run/docker.sock`.
    package let host: String
    /// The paths of the certificates for TLS; `nil` for none.
    package let tls: NodeCertificates?
}

/// The files for TLS with a node, by their paths.
package struct NodeCertificates: Sendable, Hashable {
    package var authority: String?
    package var certificate: String?
    package var key: String?
    /// The name that the node's certificate must have, if it is not the host.
    package var serverName: String?
    /// True to accept any certificate of the node.
    package var acceptsAny = false

    package init(
        authority: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil,
        acceptsAny: Bool = false
    ) {
        self.authority = authority
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
        self.acceptsAny = acceptsAny
    }
}
