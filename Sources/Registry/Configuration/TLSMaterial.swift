/// What a connection to a registry needs beyond the system's own certificates.
package struct TLSMaterial: Sendable, Hashable {
    /// The certificates of further authorities, PEM, one after the other; empty when there are none.
    package let caBundle: [UInt8]
    /// A PEM file with the certificate that we show. Comes with a key.
    package let clientCertificatePath: String?
    /// A PEM file with the key of the certificate.
    package let clientKeyPath: String?
}
