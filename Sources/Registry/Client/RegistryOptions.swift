/// How registries are reached, as the command line says.
package struct RegistryOptions: Sendable {
    /// Never TLS.
    package var plainHTTP = false
    /// TLS with any certificate, and without TLS where there is none.
    package var insecure = false
    /// More certificate authorities, in PEM.
    package var authorities: [UInt8] = []
    /// Files with a client certificate and its key, in PEM.
    package var clientCertificate: String?
    package var clientKey: String?
    package var retry = RetryPolicy()
    /// How long a registry may be silent before an attempt counts as failed, in whole seconds.
    package var timeout = Duration.seconds(60)

    package init() {}
}

/// What a registry tells, or what happens on the way, that is no result and no error.
package enum RegistryNotice: Sendable {
    /// A `Warning` header's text, or something that is odd; shown to the user once.
    case warning(String)
    /// A request is going to be repeated.
    case retry(String)
}
