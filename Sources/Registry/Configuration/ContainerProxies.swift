internal import JSON
package import OCI

/// The proxies for containers in Docker's `config.json` (`proxies`).
package struct ContainerProxies: Sendable, Hashable {
    /// By the name of the environment variable, such as `HTTP_PROXY`.
    package let variables: [String: String]

    private static let names = [
        "httpProxy": "HTTP_PROXY", "httpsProxy": "HTTPS_PROXY", "ftpProxy": "FTP_PROXY", "noProxy": "NO_PROXY",
        "allProxy": "ALL_PROXY",
    ]

    /// Reads the default proxies. Those for specific Docker daemons do not apply here.
    ///
    /// - Throws: ``ImageError`` with the file, but without any values, since proxies may contain passwords.
    package init(_ locations: ConfigurationLocations) throws(ImageError) {
        let path = locations.dockerConfiguration
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
