internal import Concurrency
internal import HTTP
package import OCI

/// Every registry that one run of the program talks to, over one pool of connections.
package final class Registries: Sendable {
    private let http: HTTPClient
    private let options: RegistryOptions
    private let credentials: CredentialStore
    private let configuration: RegistriesConfiguration
    private let certificates: CertificateFolders
    private let notify: @Sendable (RegistryNotice) -> Void
    private let hosts = Guarded<[String: RegistryHost]>([:])

    /// - Parameters:
    ///   - userAgent: Who is asking, as in `imgtool/1.0`.
    ///   - notify: Is told what is no result and no error; each warning once. May be called from any task.
    ///   - trace: Is told of each request and answer in a line, with secrets masked.
    package init(
        userAgent: String, options: RegistryOptions, credentials: CredentialStore,
        configuration: RegistriesConfiguration, certificates: CertificateFolders,
        notify: @escaping @Sendable (RegistryNotice) -> Void, trace: (@Sendable (String) -> Void)? = nil
    ) {
        http = HTTPClient(userAgent: userAgent, trace: trace)
        self.options = options
        self.credentials = credentials
        self.configuration = configuration
        self.certificates = certificates
        let shown = Guarded<Set<String>>([])
        self.notify = { notice in
            if case .warning(let text) = notice, !shown.withLock({ $0.insert(text).inserted }) { return }
            notify(notice)
        }
    }

    /// A repository to read from and write to.
    ///
    /// - Throws: ``ImageError`` when the configuration blocks it or cannot be read.
    package func repository(_ repository: Repository) throws(ImageError) -> RegistryRepository {
        let primary = try configuration.primary(for: repository)
        return RegistryRepository(
            repository, writesTo: try place(primary),
            readsFrom: { reference throws(ImageError) in
                var places: [RepositoryPlace] = []
                for endpoint in try self.configuration.endpoints(for: repository, reference: reference) {
                    places.append(try self.place(endpoint))
                }
                return places
            })
    }

    /// Asks a registry whether it accepts what is stored, or given, as credentials (distribution-spec, "Determining
    /// Support").
    ///
    /// - Throws: ``ImageError`` of code `denied` when it does not.
    package func checkLogin(to host: String) async throws {
        let registry = try self.host(host, insecure: false)
        let request = RegistryRequest(
            method: "GET", target: "/v2/", repository: "", attempt: "cannot log in to \(host)")
        do {
            _ = try await registry.send(request, accepting: [200])
        } catch let error as ImageError where error.code == .denied {
            // Who is logging in need not be told to log in.
            throw ImageError(error.code, error.attempt, error.reason)
        }
    }

    private func place(_ endpoint: RegistryEndpoint) throws(ImageError) -> RepositoryPlace {
        RepositoryPlace(
            host: try host(endpoint.repository.host, insecure: endpoint.insecure), repository: endpoint.repository)
    }

    private func host(_ name: String, insecure: Bool) throws(ImageError) -> RegistryHost {
        let insecure = insecure || options.insecure
        let key = insecure ? "\(name) insecure" : name
        if let host = hosts.withLock({ $0[key] }) { return host }
        let material = try certificates.material(for: name)
        let transport = HostTransport(host: name, options: options, insecure: insecure, material: material)
        let retry = Retry(policy: options.retry, name: name, notify: notify)
        let tokens = TokenService(
            http: http, security: { transport.security(for: $0) }, retry: retry, timeout: options.timeout,
            allowsPlain: insecure)
        let host = RegistryHost(
            transport: transport, http: http,
            authorizer: Authorizer(host: name, credentials: credentials, tokens: tokens), retry: retry,
            timeout: options.timeout)
        return hosts.withLock { hosts in
            if let other = hosts[key] { return other }
            hosts[key] = host
            return host
        }
    }
}

/// One repository on one registry.
struct RepositoryPlace: Sendable {
    let host: RegistryHost
    let repository: Repository

    /// The path of something in the repository, as in `/v2/library/alpine/tags/list`.
    func path(_ rest: String) -> String { "/v2/\(repository.path)/\(rest)" }
}
