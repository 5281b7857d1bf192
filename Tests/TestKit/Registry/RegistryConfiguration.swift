/// The configuration of a ``RegistryServer`` (Distribution's configuration reference), and the files that it names.
struct RegistryConfiguration {
    let text: String
    let certificates: TestCertificates?

    init(
        _ access: RegistryServer.Access, _ transport: RegistryServer.Transport, deletes: Bool,
        in folder: TemporaryFolder
    ) async throws {
        certificates =
            switch transport {
            case .http: nil
            case .tls, .mutualTLS: try await TestCertificates(in: folder)
            }
        text =
            """
            version: 0.1
            log:
              level: info
            storage:
              filesystem:
                rootdirectory: \(folder.file("storage"))
              delete:
                enabled: \(deletes)
            http:
              addr: 127.0.0.1:0
              secret: not a secret
            """ + Self.tls(certificates, asksClients: transport == .mutualTLS)
            + (try await Self.authentication(access, in: folder))
    }

    private static func tls(_ certificates: TestCertificates?, asksClients: Bool) -> String {
        guard let certificates else { return "\n" }
        let pair = "\n  tls:\n    certificate: \(certificates.server)\n    key: \(certificates.serverKey)\n"
        return pair + (asksClients ? "    clientcas: [\(certificates.authority)]\n" : "")
    }

    private static func authentication(
        _ access: RegistryServer.Access, in folder: TemporaryFolder
    ) async throws -> String {
        switch access {
        case .open: return ""
        case .basic(let user, let password):
            let line = try await Tool("htpasswd").output("-Bbn", user, password)
            let file = try folder.write("htpasswd", text: line)
            return "auth:\n  htpasswd:\n    realm: imgtool test\n    path: \(file)\n"
        case .token(let server):
            return """
                auth:
                  token:
                    realm: \(server.realm)
                    service: \(TokenServer.service)
                    issuer: \(TokenServer.issuer)
                    rootcertbundle: \(server.signer.certificate)

                """
        }
    }
}
