internal import Concurrency
internal import HTTP
internal import OCI

/// From a request to one answer: authorization, then redirects, then the scheme, then the exchange itself.
extension RegistryHost {
    private static let maximumRedirects = 10

    // MARK: Authorization

    /// One exchange, repeated when the registry asks for authorization.
    ///
    /// Only the registry itself may ask for it: whoever it leads to, by a redirect, a `Location` or a `Link`, could name
    /// a token service of its own and be sent the password.
    func authorized(_ request: RegistryRequest) async throws -> HTTPResponse {
        var challengesLeft = 2
        while true {
            let authorization = try await authorizer.authorization(for: request.scopes, repository: request.repository)
            let (response, isDirect) = try await redirected(request, authorization)
            guard response.status == 401, challengesLeft > 0, isOwn(response.url) else { return response }
            challengesLeft -= 1
            var challenges = isDirect ? Challenge.parse(response.headers.all("WWW-Authenticate")) : []
            if challenges.isEmpty { challenges = try await challengesOfPing(request) }
            let isWorthwhile = try await authorizer.answer(
                challenges, to: response.url, scopes: request.scopes, repository: request.repository,
                refused: authorization)
            if !isWorthwhile { return response }
        }
    }

    /// Some registries challenge on `/v2/` alone.
    private func challengesOfPing(_ request: RegistryRequest) async throws -> [Challenge] {
        var ping = RegistryRequest(
            method: "GET", target: "/v2/", repository: request.repository, attempt: request.attempt)
        ping.timeLimit = request.timeLimit
        return Challenge.parse(try await reached(ping, nil).headers.all("WWW-Authenticate"))
    }

    /// Whether an address is the registry's own: credentials go nowhere else.
    func isOwn(_ url: String) -> Bool {
        guard let origin = HTTPURL.origin(url), let scheme = scheme ?? HTTPURL.scheme(url) else { return false }
        return origin == HTTPURL.origin("\(scheme)://\(apiHost)")
    }

    // MARK: Redirects

    /// One exchange with every redirect that it leads to. Credentials stay with the registry, and do not come back from
    /// elsewhere either: what is asked for then is what somebody else has chosen.
    ///
    /// - Returns: The last answer, and whether it is the answer to the request itself.
    private func redirected(
        _ request: RegistryRequest, _ authorization: String?
    ) async throws -> (response: HTTPResponse, isDirect: Bool) {
        var response = try await reached(request, authorization)
        var authorization = isOwn(response.url) ? authorization : nil
        var left = Self.maximumRedirects
        while [301, 302, 303, 307, 308].contains(response.status), request.allowsRedirect {
            guard left > 0, let target = location(of: response) else {
                throw ImageError(.failed, request.attempt, "\(name) redirects without end or without an address")
            }
            left -= 1
            try refuseDowngrade(from: HTTPURL.scheme(response.url), to: target, request)
            if !isOwn(target) { authorization = nil }
            response = try await exchange(request, target, authorization)
        }
        return (response, left == Self.maximumRedirects)
    }

    /// Resolves the `Location` of an answer.
    func location(of response: HTTPResponse) -> String? {
        response.headers["Location"].flatMap { HTTPURL.resolve($0, against: response.url) }
    }

    private func refuseDowngrade(from scheme: String?, to target: String, _ request: RegistryRequest) throws(ImageError)
    {
        guard scheme == "https", HTTPURL.scheme(target) != "https", !transport.allowsDowngrade else { return }
        throw ImageError(
            .failed, request.attempt, "\(name) speaks TLS, but leads to an address without TLS",
            advice: "see --insecure")
    }

    // MARK: Schemes

    /// One exchange by the scheme that the registry speaks, which the first one finds out.
    private func reached(_ request: RegistryRequest, _ authorization: String?) async throws -> HTTPResponse {
        guard request.target.hasPrefix("/") else {
            try refuseDowngrade(from: scheme, to: request.target, request)
            return try await exchange(request, request.target, authorization)
        }
        let first = scheme ?? transport.firstScheme
        guard scheme == nil, let other = transport.otherScheme else {
            scheme = first
            return try await exchange(request, url(first, request), authorization)
        }
        let firstError: HTTPError?
        do {
            let response = try await exchange(request, url(first, request), authorization)
            guard first == "http", await Self.comesFromTLSServer(response, to: request) else {
                scheme = first
                return response
            }
            firstError = nil
        } catch let error as HTTPError where error.kind == .tls || error.kind == .notHTTP || other == "http" {
            firstError = error
        }
        do {
            let response = try await exchange(request, url(other, request), authorization)
            scheme = other
            return response
        } catch let error as HTTPError {
            // What TLS had to say is what people can do something about.
            throw other == "https" ? error : firstError ?? error
        }
    }

    private func url(_ scheme: String, _ request: RegistryRequest) -> String {
        "\(scheme)://\(apiHost)\(request.target)"
    }

    /// Servers that speak TLS answer a plain request with a short text that says so; an answer to HEAD has no text.
    private static func comesFromTLSServer(_ response: HTTPResponse, to request: RegistryRequest) async -> Bool {
        guard response.status == 400, response.headers["Docker-Distribution-Api-Version"] == nil else { return false }
        if request.method == "HEAD" { return true }
        guard let body = try? await response.body.collect(limit: maximumErrorBody) else { return false }
        return String(decoding: body, as: UTF8.self).contains("HTTPS")
    }

    // MARK: The exchange

    private func exchange(
        _ request: RegistryRequest, _ url: String, _ authorization: String?
    ) async throws -> HTTPResponse {
        var outgoing = HTTPRequest(
            request.method, url, headers: request.headers, security: transport.security(for: url),
            timeout: request.isTransfer ? nil : request.timeLimit)
        // Registries put what was uploaded together before they answer, which takes its time.
        outgoing.idleTimeout = request.isTransfer && !request.allowsRedirect ? timeout * 5 : timeout
        switch request.body {
        case .none: if !request.allowsRedirect, request.method != "DELETE" { outgoing.body = .bytes([]) }
        case .bytes(let bytes): outgoing.body = .bytes(bytes)
        case .stream(let length, let open): outgoing.body = .stream(try await open(), length: length)
        }
        if let authorization, isOwn(url) { outgoing.headers["Authorization"] = authorization }
        let ready = outgoing
        let response =
            request.isTransfer
            ? try await http.send(ready) : try await turns.run { try await http.send(ready) }
        showWarnings(of: response)
        return response
    }

    /// Shows the texts of `Warning` headers (distribution-spec, "Warnings").
    private func showWarnings(of response: HTTPResponse) {
        for header in response.headers.all("Warning") where header.hasPrefix("299 ") {
            guard let open = header.firstIndex(of: "\""), let close = header.lastIndex(of: "\""), open < close else {
                continue
            }
            let quoted = header[header.index(after: open)..<close]
            warn("\(name): \(quoted.replacing(#/\\(.)/#) { $0.output.1 }.onOneLine)")
        }
    }
}
