internal import Glibc

/// The certificate authorities that the machine trusts.
enum CertificateStore {
    /// The files that distributions keep them in: Debian and Arch; Fedora; SUSE; Alpine.
    private static let files = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// The path of the file; `nil` if there is none.
    static let file = files.first { access($0, R_OK) == 0 }
}
