internal import HTTP
internal import JSON
internal import OCI

/// Requests tokens from token services (distribution's token authentication specification and its OAuth2 variant).
struct TokenService: Sendable {
    /// A token and its time of expiry.
    struct Grant: Sendable {
        let token: String
        let expires: ContinuousClock.Instant

        var authorization: String { "Bearer \(token)" }
    }

    /// The lifetime to assume if the service gives none, or one that is too short to use (the specification).
    private static let leastLifetime = 60
    private static let maximumAnswer = 1 << 20

    let http: HTTPClient
    /// The TLS settings for an address.
    let security: @Sendable (_ url: String) -> TransportSecurity
    let retry: Retry
    let timeout: Duration
    /// True to send credentials for a registry with TLS to a token service without.
    let allowsPlain: Bool

    /// The token service that a registry refers to.
    struct Endpoint: Sendable {
        let realm: String
        let service: String?
        /// The scheme of the registry's URL.
        let registryScheme: String?
    }

    /// - Throws: ``ImageError`` of code `denied` if the service refuses.
    func grant(
        at endpoint: Endpoint, scopes: [Scope], credential: Credential?, registry: String
    ) async throws -> Grant {
        let (realm, service) = (endpoint.realm, endpoint.service)
        if case .registryToken(let token) = credential { return Grant(token: token, expires: .now + .seconds(3600)) }
        let attempt = "cannot log in to \(registry) at \(realm.prefix { $0 != "?" })"
        let security = security(realm)
        if credential != nil, !allowsPlain, endpoint.registryScheme == "https", HTTPURL.scheme(realm) != "https" {
            throw ImageError(
                .denied, attempt, "the token service has no TLS, so it gets no credentials", advice: "see --insecure")
        }
        var answer: (response: HTTPResponse, body: [UInt8])
        if case .identityToken(let token) = credential {
            answer = try await send(refresh(realm, service, scopes, token, security), attempt)
            if [404, 405, 401, 400].contains(answer.response.status) {
                let basic = Credential.password(user: Self.tokenUser, password: token)
                answer = try await send(get(realm, service, scopes, basic, security), attempt)
            }
        } else {
            answer = try await send(get(realm, service, scopes, credential, security), attempt)
        }
        return try read(answer, attempt, credential: credential, registry: registry)
    }

    /// The user name with which registries accept an identity token as the password.
    private static let tokenUser = "00000000-0000-0000-0000-000000000000"

    private func get(
        _ realm: String, _ service: String?, _ scopes: [Scope], _ credential: Credential?, _ security: TransportSecurity
    ) -> HTTPRequest {
        var url = realm
        if let service { url = HTTPURL.appending(query: "service", service, to: url) }
        for scope in scopes { url = HTTPURL.appending(query: "scope", scope.description, to: url) }
        var request = HTTPRequest("GET", url, security: security)
        request.headers["Accept"] = "application/json"
        request.headers["Authorization"] = credential?.basicAuthorization
        return request
    }

    private func refresh(
        _ realm: String, _ service: String?, _ scopes: [Scope], _ token: String, _ security: TransportSecurity
    ) -> HTTPRequest {
        let fields = [
            ("grant_type", "refresh_token"), ("service", service ?? ""), ("client_id", "imgtool"),
            ("scope", scopes.map(\.description).joined(separator: " ")), ("refresh_token", token),
        ]
        let form = fields.map { "\($0)=\(HTTPURL.escape($1))" }.joined(separator: "&")
        var request = HTTPRequest("POST", realm, body: .bytes(Array(form.utf8)), security: security)
        request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        request.headers["Accept"] = "application/json"
        return request
    }

    private func send(_ request: HTTPRequest, _ attempt: String) async throws -> (HTTPResponse, [UInt8]) {
        do {
            return try await retry.run { remaining in
                var request = request
                request.timeout = min(timeout, remaining)
                let response = try await http.send(request)
                return (response, try await response.body.collect(limit: Self.maximumAnswer))
            }
        } catch let error as HTTPError {
            throw ImageError(.failed, attempt, error.reason)
        }
    }

    private func read(
        _ answer: (response: HTTPResponse, body: [UInt8]), _ attempt: String, credential: Credential?, registry: String
    ) throws(ImageError) -> Grant {
        let (response, body) = answer
        guard response.status == 200 else {
            let answer = RegistryAnswer(status: response.status, body: body)
            if (300..<400).contains(response.status) {
                throw ImageError(
                    .failed, attempt, "the token service answered \(answer), and credentials follow no redirect")
            }
            if [400, 401, 403].contains(response.status) {
                let advice = "log in\(credential == nil ? "" : " anew") with imgtool login \(registry)"
                var reason = "the token service answered \(answer)"
                if response.status == 401, case .password(let user, _) = credential {
                    reason = "the user name \(user) or the password is wrong: \(reason)"
                }
                throw ImageError(.denied, attempt, reason, advice: advice)
            }
            throw ImageError(.failed, attempt, "the token service answered \(answer)")
        }
        guard let json = try? JSONValue(parsing: body),
            let token = json["token"]?.string ?? json["access_token"]?.string, !token.isEmpty
        else { throw ImageError(.failed, attempt, "the token service answered without a token") }
        guard Credential.isToken(token) else {
            throw ImageError(.failed, attempt, "the token service answered with something that is not a token")
        }
        let lifetime = max(Int(json["expires_in"]?.integer ?? 0), Self.leastLifetime)
        return Grant(token: token, expires: .now + .seconds(min(lifetime, 86_400) * 9 / 10))
    }
}
