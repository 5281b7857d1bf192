internal import Concurrency
internal import HTTP
internal import OCI

/// Finds the `Authorization` for requests to one registry: none at first, and what its challenges ask for from then on.
actor Authorizer {
    private enum Scheme: Sendable {
        /// Nobody has asked for anything yet.
        case open
        case basic
        case bearer(TokenService.Place)
    }

    private let host: String
    private let credentials: CredentialStore
    private let tokens: TokenService
    private var scheme = Scheme.open
    private var cache: [Set<Scope>: TokenService.Grant] = [:]
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
        case .open: nil
        case .basic: try await credentials.credential(host: host, repository: repository)?.basicAuthorization
        case .bearer(let place): try await token(from: place, scopes, repository)
        }
    }

    /// Takes the challenges of an answer 401 into account.
    ///
    /// - Parameter refused: The header that the refused request had.
    /// - Returns: Whether the request is worth repeating.
    func answer(
        _ challenges: [Challenge], to url: String, scopes: [Scope], repository: String, refused: String?
    ) async throws -> Bool {
        let bearer = challenges.first { $0.scheme == "bearer" }
        if let realm = bearer?.parameters["realm"].flatMap({ HTTPURL.resolve($0, against: url) }) {
            let place = TokenService.Place(
                realm: realm, service: bearer?.parameters["service"], registryScheme: HTTPURL.scheme(url))
            scheme = .bearer(place)
            let asked = (bearer?.parameters["scope"] ?? "").split(separator: " ").compactMap { Scope($0) }
            return try await refresh(from: place, scopes, asked, repository, refused)
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else { return false }
        let credential = try await credentials.credential(host: host, repository: repository)
        guard let header = credential?.basicAuthorization, header != refused else { return false }
        scheme = .basic
        return true
    }

    /// Who the registry itself was told that we are, with a password.
    func passwordUser(for repository: String) async -> String? {
        guard case .basic = scheme,
            let credential = try? await credentials.credential(host: host, repository: repository),
            case .password(let user, _) = credential
        else { return nil }
        return user
    }

    // MARK: Tokens

    /// Replaces a token that was refused, unless somebody else has done so meanwhile.
    private func refresh(
        from place: TokenService.Place, _ scopes: [Scope], _ asked: [Scope], _ repository: String, _ refused: String?
    ) async throws -> Bool {
        let key = Set(scopes)
        demanded[key] = Scope.merged((demanded[key] ?? []) + asked)
        if let grant = cache[key], grant.authorization == refused { cache[key] = nil }
        return try await token(from: place, scopes, repository) != refused
    }

    private func token(
        from place: TokenService.Place, _ scopes: [Scope], _ repository: String
    ) async throws -> String {
        let key = Set(scopes)
        if let grant = current(key) { return grant.authorization }
        let all = Scope.merged(scopes + (demanded[key] ?? []))
        return try await flights.value(for: key) {
            // Another request may have brought one between the look above and this one.
            if let grant = await self.current(key) { return grant }
            let credential = try await self.credentials.credential(host: self.host, repository: repository)
            let grant = try await self.tokens.grant(
                at: place, scopes: all, credential: credential, registry: self.host)
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
