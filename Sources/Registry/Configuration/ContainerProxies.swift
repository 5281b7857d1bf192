internal import JSON
package import OCI

/// The proxies that Docker's `config.json` has for what runs in containers (its `proxies`).
package struct ContainerProxies: Sendable, Hashable {
    /// By the name of the variable that they are given by, as `HTTP_PROXY`.
    package let variables: [String: String]

    private static let names = [
        "httpProxy": "HTTP_PROXY", "httpsProxy": "HTTPS_PROXY", "ftpProxy": "FTP_PROXY", "noProxy": "NO_PROXY",
        "allProxy": "ALL_PROXY",
    ]

    /// Those for every engine, since there is none here that others could be for.
    ///
    /// - Throws: ``ImageError`` that names the file, and shows no value of it, since proxies may have passwords.
    package init(_ places: ConfigurationPlaces) throws(ImageError) {
        let path = places.dockerConfiguration
        let proxies = try CredentialFile(path: path).read()?["proxies"]?["default"]
        var variables: [String: String] = [:]
        for (field, name) in Self.names {
            guard let value = proxies?[field] else { continue }
            guard let text = value.string else {
                throw ImageError(
                    .failed, "cannot read the proxies in \(path)", "\(field) is a JSON \(value.kind), not a string")
            }
            if !text.isEmpty { variables[name] = text }
        }
        self.variables = variables
    }
}
