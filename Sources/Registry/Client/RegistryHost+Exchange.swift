internal import Concurrency
internal import HTTP
internal import OCI

/// From a request to a response: authorization, then redirects, then the scheme, then the exchange itself.
extension RegistryHost {
    private static let maximumRedirects = 10

    // MARK: Authorization

    /// An exchange, repeated when the registry asks for authorization.
    ///
    /// Only challenges of the registry itself are accepted: another host, reached by a redirect, `Location` or `Link`,
    /// could name a token service of its own and obtain the password.
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

    /// The challenges of `/v2/`, since some registries send none elsewhere.
    private func challengesOfPing(_ request: RegistryRequest) async throws -> [Challenge] {
        var ping = RegistryRequest(
            method: "GET", target: "/v2/", repository: request.repository, attempt: request.attempt)
        ping.timeLimit = request.timeLimit
        return Challenge.parse(try await reached(ping, nil).headers.all("WWW-Authenticate"))
    }

    /// Returns true if an address belongs to the registry itself. Credentials are sent nowhere else.
    func isOwn(_ url: String) -> Bool {
        guard let origin = HTTPURL.origin(url), let scheme = scheme ?? HTTPURL.scheme(url) else { return false }
        return origin == HTTPURL.origin("\(scheme)://\(apiHost)")
    }

    // MARK: Redirects

    /// An exchange including its redirects. Credentials are only sent to the registry, and no longer after a redirect
    /// back from another host, which would have chosen the target.
    ///
    /// - Returns: The last response, and whether it is the direct response to the request.
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

    /// Resolves the `Location` of a response.
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

    /// An exchange with the registry's scheme, which the first exchange determines.
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
        } catch let error as HTTPError where [.tls, .noTLS, .notHTTP].contains(error.kind) || other == "http" {
            firstError = error
        }
        do {
            let response = try await exchange(request, url(other, request), authorization)
            scheme = other
            return response
        } catch let error as HTTPError {
            if firstError == nil, [.noTLS, .broken].contains(error.kind) {
                // The response only looked like that of a TLS server, so it is what the registry has to say.
                scheme = first
                return try await exchange(request, url(first, request), authorization)
            }
            // The TLS error is the one that users can act on.
            throw other == "https" ? error : firstError ?? error
        }
    }

    private func url(_ scheme: String, _ request: RegistryRequest) -> String {
        "\(scheme)://\(apiHost)\(request.target)"
    }

    /// Returns true if a plain response comes from a TLS server, which says so in a short text; HEAD responses have no
    /// text.
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
            timeout: request.isTransfer || request.isLong ? nil : request.timeLimit)
        // Registries assemble an upload before they respond, which takes time.
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
