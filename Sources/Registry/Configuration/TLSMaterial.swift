/// Certificates for a registry beyond those of the system.
package struct TLSMaterial: Sendable, Hashable {
    /// Additional certificate authorities in PEM, concatenated; empty if there are none.
    package let caBundle: [UInt8]
    /// The path of the client certificate in PEM, which comes with a key.
    package let clientCertificatePath: String?
    /// The path of the client certificate's key in PEM.
    package let clientKeyPath: String?
}
