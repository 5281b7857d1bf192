internal import FileSystem
package import OCI

/// The folders of certificates for registries (containers-certs.d(5), and Docker's equivalent).
///
/// For a registry `HOST` or `HOST:PORT`, the first existing folder counts: in the extra folder, `EXTRA/HOST` or else
/// `EXTRA` itself; then `certs.d/HOST` in the user's containers folder, in `/etc/containers`, and in `/etc/docker`.
package struct CertificateFolders: Sendable {
    private let extra: String?
    private let roots: [String]

    /// - Parameter extra: A folder that takes precedence, from `--cert-dir`.
    package init(_ locations: ConfigurationLocations, extra: String? = nil) {
        self.extra = extra
        roots = [locations.userContainers, locations.systemContainers, "\(locations.system)/docker"].map {
            "\($0)/certs.d"
        }
    }

    /// The certificates for a registry: all `*.crt` files are authorities, and the first `NAME.cert` and `NAME.key` are
    /// the client certificate.
    ///
    /// - Parameter host: The registry with its port, if it has one.
    /// - Returns: `nil` if there are none.
    /// - Throws: ``ImageError`` of code `failed` if half of a pair is missing, or a file cannot be read.
    package func material(for host: String) throws(ImageError) -> TLSMaterial? {
        guard !host.isEmpty, host != ".", host != "..", !host.utf8.contains(UInt8(ascii: "/")) else { return nil }
        for folder in [extra.map { "\($0)/\(host)" }, extra].compactMap(\.self) + roots.map({ "\($0)/\(host)" }) {
            let names: [String]?
            do {
                names = try ConfigurationFile.names(in: folder)
            } catch {
                throw refusal(host, "\(folder): \(error.reason)")
            }
            if let names { return try material(for: host, names: names, in: folder) }
        }
        return nil
    }

    private func material(for host: String, names: [String], in folder: String) throws(ImageError) -> TLSMaterial? {
        var authorities: [UInt8] = []
        for name in names where name.hasSuffix(".crt") {
            let path = "\(folder)/\(name)"
            do {
                authorities += try ConfigurationFile.read(path) ?? []
            } catch {
                throw refusal(host, "\(path): \(error.reason)")
            }
            if authorities.last != UInt8(ascii: "\n") { authorities.append(UInt8(ascii: "\n")) }
        }
        let certificates = try stems(names, ".cert", completedBy: ".key", in: folder, for: host)
        _ = try stems(names, ".key", completedBy: ".cert", in: folder, for: host)
        let client = certificates.first.map { "\(folder)/\($0)" }
        if authorities.isEmpty, client == nil { return nil }
        return TLSMaterial(
            caBundle: authorities, clientCertificatePath: client.map { "\($0).cert" },
            clientKeyPath: client.map { "\($0).key" })
    }

    /// The names of files of one type, without the extension. Each must have its counterpart.
    private func stems(
        _ names: [String], _ ending: String, completedBy other: String, in folder: String, for host: String
    ) throws(ImageError) -> [String] {
        let stems = names.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
        for stem in stems where !names.contains(stem + other) {
            throw refusal(
                host, "\(folder) has \(stem)\(ending), but not \(stem)\(other)",
                advice: other == ".key"
                    ? "a .cert file is a client's certificate and needs its key; an authority's ends with .crt" : nil)
        }
        return stems
    }

    private func refusal(_ host: String, _ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.failed, "cannot use the certificates for \(host)", reason, advice: advice)
    }
}
