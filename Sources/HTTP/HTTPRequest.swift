package import Concurrency

/// A request. Redirects are not followed, and no status is an error.
package struct HTTPRequest: Sendable {
    /// The body of a request.
    package enum Body: Sendable {
        /// No body, and no `Content-Length`.
        case none
        case bytes([UInt8])
        /// A stream of known length. It is read once; a retry needs a new stream.
        case stream(any ByteStream, length: Int64)
    }

    package var method: String
    package var url: String
    package var headers: HTTPHeaders
    package var body: Body
    package var security: TransportSecurity
    /// The proxy to use; `nil` for the one from the environment.
    package var proxy: HTTPProxy?
    /// The maximum duration of the whole exchange, body included; `nil` for streams, which may take as long as bytes
    /// keep coming.
    package var timeout: Duration?
    /// The maximum time without any data, in whole seconds; at most 15 seconds while connecting.
    package var idleTimeout = Duration.seconds(60)

    package init(
        _ method: String, _ url: String, headers: HTTPHeaders = [:], body: Body = .none,
        security: TransportSecurity = TransportSecurity(), timeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.security = security
        self.timeout = timeout
    }
}

/// A proxy server. Requests to loopback addresses bypass it.
package struct HTTPProxy: Sendable, Hashable {
    /// The URL; a host alone means HTTP.
    package let server: String
    /// Hosts that bypass the proxy, in the syntax of `no_proxy`.
    package let exceptions: String

    package init(server: String, exceptions: String = "") {
        self.server = server
        self.exceptions = exceptions
    }
}

/// The checks on a TLS connection. The system's certificate authorities are always trusted.
package struct TransportSecurity: Sendable, Hashable {
    /// True to accept any certificate.
    package var acceptsAnyCertificate = false
    /// Additional certificate authorities, in PEM.
    package var authorities: [UInt8] = []
    /// The paths of a client certificate and its key, in PEM.
    package var clientCertificate: String?
    package var clientKey: String?

    package init() {}
}
