internal import HTTP

/// The URL scheme and TLS settings for a registry.
struct HostTransport: Sendable {
    /// The scheme to try first, and the one to fall back to.
    let firstScheme: String
    let otherScheme: String?
    /// True if redirects may lead from https to http.
    let allowsDowngrade: Bool
    private let own: TransportSecurity
    private let others: TransportSecurity
    private let host: String

    /// - Parameters:
    ///   - host: The host with its port.
    ///   - insecure: True if the command line or a configuration file says so.
    ///   - material: The content of the host's `certs.d` folder.
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

    /// The TLS settings for a URL. Client certificates are for the registry only, not for the targets of redirects.
    func security(for url: String) -> TransportSecurity {
        HTTPURL.origin(url) == HTTPURL.origin("\(HTTPURL.scheme(url) ?? "https")://\(host)") ? own : others
    }
}
