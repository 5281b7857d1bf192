internal import Concurrency
internal import HTTP
internal import OCI

/// Provides the `Authorization` for requests to a registry: none at first, later what the registry's challenges ask
/// for.
actor Authorizer {
    private enum Scheme: Sendable {
        /// No challenge so far.
        case open
        case basic
        case bearer(TokenService.Endpoint)
    }

    private let host: String
    private let credentials: CredentialStore
    private let tokens: TokenService
    private var scheme = Scheme.open
    private var cache: [Set<Scope>: TokenService.Grant] = [:]
    private let flights = SingleFlight<Set<Scope>, TokenService.Grant>()
    /// The scopes demanded by challenges beyond those derived from the request.
    private var demanded: [Set<Scope>: [Scope]] = [:]

    init(host: String, credentials: CredentialStore, tokens: TokenService) {
        self.host = host
        self.credentials = credentials
        self.tokens = tokens
    }

    /// The header for a request that needs the scopes; `nil` if the registry has not asked for any.
    func authorization(for scopes: [Scope], repository: String) async throws -> String? {
        switch scheme {
        case .open: nil
        case .basic: try await credentials.credential(host: host, repository: repository)?.basicAuthorization
        case .bearer(let endpoint): try await token(from: endpoint, scopes, repository)
        }
    }

    /// Handles the challenges of a 401 response.
    ///
    /// - Parameter refused: The header of the refused request.
    /// - Returns: True if the request is worth repeating.
    func answer(
        _ challenges: [Challenge], to url: String, scopes: [Scope], repository: String, refused: String?
    ) async throws -> Bool {
        let bearer = challenges.first { $0.scheme == "bearer" }
        if let realm = bearer?.parameters["realm"].flatMap({ HTTPURL.resolve($0, against: url) }) {
            let endpoint = TokenService.Endpoint(
                realm: realm, service: bearer?.parameters["service"], registryScheme: HTTPURL.scheme(url))
            scheme = .bearer(endpoint)
            let asked = (bearer?.parameters["scope"] ?? "").split(separator: " ").compactMap { Scope($0) }
            return try await refresh(from: endpoint, scopes, asked, repository, refused)
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else { return false }
        let credential = try await credentials.credential(host: host, repository: repository)
        guard let header = credential?.basicAuthorization, header != refused else { return false }
        scheme = .basic
        return true
    }

    /// The user name that is sent to the registry itself with a password.
    func passwordUser(for repository: String) async -> String? {
        guard case .basic = scheme,
            let credential = try? await credentials.credential(host: host, repository: repository),
            case .password(let user, _) = credential
        else { return nil }
        return user
    }

    // MARK: Tokens

    /// Replaces a refused token, unless another request has done so in the meantime.
    private func refresh(
        from endpoint: TokenService.Endpoint, _ scopes: [Scope], _ asked: [Scope], _ repository: String,
        _ refused: String?
    ) async throws -> Bool {
        let key = Set(scopes)
        demanded[key] = Scope.merged((demanded[key] ?? []) + asked)
        if let grant = cache[key], grant.authorization == refused { cache[key] = nil }
        return try await token(from: endpoint, scopes, repository) != refused
    }

    private func token(
        from endpoint: TokenService.Endpoint, _ scopes: [Scope], _ repository: String
    ) async throws -> String {
        let key = Set(scopes)
        if let grant = current(key) { return grant.authorization }
        let all = Scope.merged(scopes + (demanded[key] ?? []))
        return try await flights.value(for: key) {
            // Another request may have obtained one in the meantime.
            if let grant = await self.current(key) { return grant }
            let credential = try await self.credentials.credential(host: self.host, repository: repository)
            let grant = try await self.tokens.grant(
                at: endpoint, scopes: all, credential: credential, registry: self.host)
            await self.keep(grant, for: key)
            return grant
        }.authorization
    }

    private func current(_ key: Set<Scope>) -> TokenService.Grant? {
        cache[key].flatMap { $0.expires > .now ? $0 : nil }
    }

    private func keep(_ grant: TokenService.Grant, for key: Set<Scope>) async {
        cache[key] = grant
        await flights.forget(key)
    }
}
