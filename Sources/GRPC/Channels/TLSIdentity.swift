/// The authorities that a client of TLS trusts, and its own certificate. All texts are PEM.
package struct TLSIdentity: Sendable, Hashable {
    /// The name that the server's certificate must have.
    package var serverName: String
    /// The authorities that may have signed it; `nil` for those that the machine trusts.
    package var authorities: String?
    /// The client's certificate, followed by those that lead to its authority.
    package var certificate: String?
    package var key: String?

    package init(
        serverName: String, authorities: String? = nil, certificate: String? = nil, key: String? = nil
    ) {
        self.serverName = serverName
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
    }
}
