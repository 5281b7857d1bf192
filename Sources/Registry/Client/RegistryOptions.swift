/// The command line's options for accessing registries.
package struct RegistryOptions: Sendable {
    /// Never TLS.
    package var plainHTTP = false
    /// Accept any certificate, and fall back to HTTP.
    package var insecure = false
    /// Additional certificate authorities, in PEM.
    package var authorities: [UInt8] = []
    /// The paths of a client certificate and its key, in PEM.
    package var clientCertificate: String?
    package var clientKey: String?
    package var retry = RetryPolicy()
    /// The time without any data after which an attempt has failed, in whole seconds.
    package var timeout = Duration.seconds(60)

    package init() {}
}

/// A message from a registry, or about a request, that is neither a result nor an error.
package enum RegistryNotice: Sendable {
    /// The text of a `Warning` header, or an irregularity; shown once.
    case warning(String)
    /// A request is about to be repeated.
    case retry(String)
}
