internal import Concurrency
internal import HTTP
package import OCI

/// All registries used by one run of the program, with one pool of connections.
package final class Registries: Sendable {
    private let http: HTTPClient
    private let options: RegistryOptions
    private let credentials: CredentialStore
    private let configuration: RegistriesConfiguration
    private let certificates: CertificateFolders
    private let notify: @Sendable (RegistryNotice) -> Void
    private let hosts = Guarded<[String: RegistryHost]>([:])

    /// - Parameters:
    ///   - userAgent: The `User-Agent`, such as `imgtool/1.0`.
    ///   - notify: Called with warnings, once for each, and with other notices, from any task.
    ///   - trace: Called with one line for each request and response, secrets masked.
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

    /// A repository for reading and writing.
    ///
    /// - Throws: ``ImageError`` if the configuration blocks it or cannot be read.
    package func repository(_ repository: Repository) throws(ImageError) -> RegistryRepository {
        let primary = try configuration.primary(for: repository)
        return RegistryRepository(
            repository, writesTo: try location(primary),
            readsFrom: { reference throws(ImageError) in
                var locations: [RepositoryLocation] = []
                for endpoint in try self.configuration.endpoints(for: repository, reference: reference) {
                    locations.append(try self.location(endpoint))
                }
                return locations
            })
    }

    /// Checks that a registry accepts the saved or given credentials (distribution-spec, "Determining Support").
    ///
    /// - Throws: ``ImageError`` of code `denied` if it does not.
    package func checkLogin(to host: String) async throws {
        let registry = try self.host(host, insecure: false)
        let request = RegistryRequest(
            method: "GET", target: "/v2/", repository: "", attempt: "cannot log in to \(host)")
        do {
            _ = try await registry.send(request, accepting: [200])
        } catch let error as ImageError where error.code == .denied {
            // Without the advice to log in, which is what the user is doing.
            throw ImageError(error.code, error.attempt, error.reason)
        }
    }

    private func location(_ endpoint: RegistryEndpoint) throws(ImageError) -> RepositoryLocation {
        RepositoryLocation(
            host: try host(endpoint.repository.host, insecure: endpoint.insecure), repository: endpoint.repository)
    }

    func host(_ name: String, insecure: Bool) throws(ImageError) -> RegistryHost {
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

/// A repository on one registry.
struct RepositoryLocation: Sendable {
    let host: RegistryHost
    let repository: Repository

    /// An API path in the repository, such as `/v2/library/alpine/tags/list`.
    func path(_ rest: String) -> String { "/v2/\(repository.path)/\(rest)" }
}
