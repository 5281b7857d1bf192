package import Concurrency

/// One request. Redirects are not followed, answers of any status are results.
package struct HTTPRequest: Sendable {
    /// What is sent after the header.
    package enum Body: Sendable {
        /// Nothing, and no `Content-Length` either.
        case none
        case bytes([UInt8])
        /// A stream of known length. It is read once; an attempt that failed is repeated with a new stream.
        case stream(any ByteStream, length: Int64)
    }

    package var method: String
    package var url: String
    package var headers: HTTPHeaders
    package var body: Body
    package var security: TransportSecurity
    /// The proxy that it goes through; `nil` for that of the environment.
    package var proxy: HTTPProxy?
    /// The most that the whole exchange may take, the body included; `nil` for streams, which may take as long as
    /// bytes keep coming.
    package var timeout: Duration?
    /// How long the other side may be silent, in whole seconds; for making the connection, 15 seconds at most.
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

/// A server that passes requests on. What is for a loopback address never goes through one.
package struct HTTPProxy: Sendable, Hashable {
    /// Its URL; a host alone means HTTP.
    package let server: String
    /// The hosts that are asked without it, as `no_proxy` has them.
    package let exceptions: String

    package init(server: String, exceptions: String = "") {
        self.server = server
        self.exceptions = exceptions
    }
}

/// How a TLS connection is checked. The system's own authorities always count, too.
package struct TransportSecurity: Sendable, Hashable {
    /// Whether any certificate is accepted.
    package var acceptsAnyCertificate = false
    /// More authorities in PEM.
    package var authorities: [UInt8] = []
    /// Files with a client certificate and its key, in PEM.
    package var clientCertificate: String?
    package var clientKey: String?

    package init() {}
}
