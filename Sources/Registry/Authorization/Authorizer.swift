internal import Concurrency
internal import HTTP
internal import OCI

/// Finds the `Authorization` for requests to one registry: none at first, and what its challenges ask for from then on.
actor Authorizer {
    private enum Scheme: Sendable {
        /// Nobody has asked for anything yet.
        case open
        case basic
        case bearer(realm: String, service: String?)
    }

    private struct Token: Sendable {
        let value: String
        let expires: ContinuousClock.Instant
    }

    private let host: String
    private let credentials: CredentialStore
    private let tokens: TokenService
    private var scheme = Scheme.open
    private var cache: [Set<Scope>: Token] = [:]
    private let flights = SingleFlight<Set<Scope>, TokenService.Grant>()
    /// What a challenge asked for beyond what we thought that a request needs.
    private var demanded: [Set<Scope>: [Scope]] = [:]

    init(host: String, credentials: CredentialStore, tokens: TokenService) {
        self.host = host
        self.credentials = credentials
        self.tokens = tokens
    }

    /// The header for a request that needs the scopes, if it is known that one is asked for.
    func authorization(for scopes: [Scope], repository: String) async throws -> String? {
        switch scheme {
        case .open: return nil
        case .basic:
            guard let credential = try await credentials.credential(host: host, repository: repository) else {
                return nil
            }
            return credential.basicAuthorization
        case .bearer(let realm, let service):
            if let token = cache[Set(scopes)], token.expires > .now { return "Bearer \(token.value)" }
            return try await fetchToken(realm, service, scopes, repository)
        }
    }

    /// Takes the challenges of an answer 401 into account.
    ///
    /// - Parameter refused: The header that the refused request had.
    /// - Returns: Whether the request is worth repeating.
    func answer(
        _ challenges: [Challenge], to url: String, scopes: [Scope], repository: String, refused: String?
    ) async throws -> Bool {
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }), let realm = bearer.parameters["realm"] {
            return try await answer(bearer: bearer, realm, url, scopes, repository, refused)
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else { return false }
        let credential = try await credentials.credential(host: host, repository: repository)
        guard let header = credential?.basicAuthorization, header != refused else { return false }
        scheme = .basic
        return true
    }

    private func answer(
        bearer: Challenge, _ realm: String, _ url: String, _ scopes: [Scope], _ repository: String, _ refused: String?
    ) async throws -> Bool {
        guard let address = HTTPURL.resolve(realm, against: url) else { return false }
        scheme = .bearer(realm: address, service: bearer.parameters["service"])
        let key = Set(scopes)
        let asked = (bearer.parameters["scope"] ?? "").split(separator: " ").compactMap { Scope($0) }
        demanded[key] = Scope.merged(asked + (demanded[key] ?? []))
        // A token that somebody else fetched meanwhile is worth a try; the refused one is not.
        if let token = cache[key], "Bearer \(token.value)" != refused { return true }
        cache[key] = nil
        await flights.forget(key)
        let fresh = try await fetchToken(address, bearer.parameters["service"], scopes, repository)
        return fresh != refused
    }

    private func fetchToken(
        _ realm: String, _ service: String?, _ scopes: [Scope], _ repository: String
    ) async throws -> String {
        let key = Set(scopes)
        let all = Scope.merged(scopes + (demanded[key] ?? []))
        let (tokens, credentials, host) = (tokens, credentials, host)
        let grant = try await flights.value(for: key) {
            let credential = try await credentials.credential(host: host, repository: repository)
            return try await tokens.grant(
                realm: realm, service: service, scopes: all, credential: credential, registry: host)
        }
        await flights.forget(key)
        cache[key] = Token(value: grant.token, expires: grant.expires)
        return "Bearer \(grant.token)"
    }
}
