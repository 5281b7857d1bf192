/// A private certificate authority with a certificate for a server on the loopback interface and one for a client,
/// each as a PEM file.
package struct TestCertificates: Sendable {
    /// The authority that has signed the other two.
    package let authority: String
    /// For 127.0.0.1 and localhost.
    package let server: String
    package let serverKey: String
    package let client: String
    package let clientKey: String

    /// Makes them in a folder, valid for two days.
    package init(in folder: TemporaryFolder) async throws {
        authority = folder.file("ca.crt")
        server = folder.file("server.crt")
        serverKey = folder.file("server.key")
        client = folder.file("client.crt")
        clientKey = folder.file("client.key")
        try await Self.make("ca", in: folder, ["-addext", "keyUsage=critical,keyCertSign,digitalSignature"])
        for (name, use) in [("server", "serverAuth"), ("client", "clientAuth")] {
            try await Self.make(
                name, in: folder,
                [
                    "-CA", authority, "-CAkey", folder.file("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE",
                    "-addext", "extendedKeyUsage=\(use)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                ])
        }
    }

    /// Makes `name.key` and `name.crt`, signed by itself unless the options say by whom.
    static func make(_ name: String, in folder: TemporaryFolder, _ options: [String] = []) async throws {
        let outcome = try await Tool.openssl.run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                "-subj", "/CN=imgtool test \(name)", "-keyout", folder.file("\(name).key"), "-out",
                folder.file("\(name).crt"),
            ] + options)
        guard outcome.succeeded else { throw TestKitError("cannot make the certificate \(name): \(outcome.error)") }
    }
}
