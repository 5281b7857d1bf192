internal import HTTP

/// By which scheme and with which certificates a registry is reached.
struct HostTransport: Sendable {
    /// What is tried first, and what then if that is not what the other side speaks.
    let firstScheme: String
    let otherScheme: String?
    /// Whether a redirect may lead from TLS to a connection without it.
    let allowsDowngrade: Bool
    private let own: TransportSecurity
    private let others: TransportSecurity
    private let host: String

    /// - Parameters:
    ///   - host: With its port.
    ///   - insecure: Whether the command line or a configuration file says so.
    ///   - material: What a `certs.d` folder has for the host.
    init(host: String, options: RegistryOptions, insecure: Bool, material: TLSMaterial?) {
        self.host = host
        var security = TransportSecurity()
        security.acceptsAnyCertificate = insecure
        security.authorities = options.authorities
        others = security
        if let material {
            if !security.authorities.isEmpty { security.authorities.append(UInt8(ascii: "\n")) }
            security.authorities += material.caBundle
            security.clientCertificate = material.clientCertificatePath
            security.clientKey = material.clientKeyPath
        }
        security.clientCertificate = options.clientCertificate ?? security.clientCertificate
        security.clientKey = options.clientKey ?? security.clientKey
        own = security
        allowsDowngrade = insecure || options.plainHTTP

        let hasMaterial = !security.authorities.isEmpty || security.clientCertificate != nil
        if options.plainHTTP {
            (firstScheme, otherScheme) = ("http", nil)
        } else if HTTPURL.isLoopback(host: HTTPURL.host("https://\(host)") ?? host), !hasMaterial {
            (firstScheme, otherScheme) = ("http", "https")
        } else {
            (firstScheme, otherScheme) = ("https", insecure ? "http" : nil)
        }
    }

    /// Client certificates are shown to the registry only, not to where it redirects.
    func security(for url: String) -> TransportSecurity {
        HTTPURL.origin(url) == HTTPURL.origin("\(HTTPURL.scheme(url) ?? "https")://\(host)") ? own : others
    }
}
