internal import Concurrency
internal import Glibc
internal import HTTP
internal import OCI

/// One registry: how it is reached, who we are there, and every request to it.
final class RegistryHost: Sendable {
    private static let maximumRedirects = 10
    /// How much of an answer that is an error is read.
    private static let maximumErrorBody = 64 << 10

    /// As it stands in references: `docker.io`, `localhost:5000`.
    let name: String
    private let http: HTTPClient
    private let transport: HostTransport
    private let authorizer: Authorizer
    private let retry: RetryPolicy
    let notify: @Sendable (RegistryNotice) -> Void
    private let scheme: Guarded<String>

    init(
        name: String, http: HTTPClient, transport: HostTransport, authorizer: Authorizer, retry: RetryPolicy,
        notify: @escaping @Sendable (RegistryNotice) -> Void
    ) {
        self.name = name
        self.http = http
        self.transport = transport
        self.authorizer = authorizer
        self.retry = retry
        self.notify = notify
        scheme = Guarded(transport.firstScheme)
    }

    /// Where the API of a registry is: the one of Docker Hub is not under its name.
    private var apiHost: String { name == "docker.io" ? "registry-1.docker.io" : name }

    /// Sends a request until there is an answer that repeating it will not change.
    ///
    /// - Returns: The answer, whatever its status is.
    /// - Throws: ``ImageError``, `CancellationError`, or what the body's source throws.
    func send(_ request: RegistryRequest) async throws -> HTTPResponse {
        var budget = RetryBudget(retry)
        while true {
            let pause: Duration
            let why: String
            do {
                let response = try await authorized(request)
                showWarnings(of: response)
                guard Self.passingStatuses.contains(response.status), !request.isStream,
                    let next = budget.pause(asked: Self.retryAfter(response))
                else { return response }
                (pause, why) = (next, "it answered \(response.status)")
            } catch let error as HTTPError {
                let isPassing = error.kind == .broken || error.kind == .unreachable
                guard isPassing, request.isRepeatable, !request.isStream,
                    let next = budget.pause(limit: error.kind == .unreachable ? 3 : .max)
                else { throw failure(error, of: request) }
                (pause, why) = (next, error.reason)
            }
            notify(.retry("\(name): \(why), trying again in \(Self.seconds(pause)) s"))
            try await Task.sleep(for: pause)
        }
    }

    /// Sends a request and accepts only some statuses.
    ///
    /// - Throws: ``ImageError`` that says what the registry answered instead.
    func send(_ request: RegistryRequest, accepting statuses: Set<Int>) async throws -> HTTPResponse {
        let response = try await send(request)
        if statuses.contains(response.status) { return response }
        throw await refusal(of: request, response)
    }

    /// The error that an answer amounts to.
    func refusal(of request: RegistryRequest, _ response: HTTPResponse) async -> ImageError {
        let body = (try? await response.body.collect(limit: Self.maximumErrorBody)) ?? []
        let answer = RegistryAnswer(status: response.status, body: body)
        var advice: String?
        if answer.errorCode == .denied {
            advice = "check that it exists, and that imgtool login \(name) was done for a user who may do this"
        } else if response.status == 429 {
            advice = "wait, or log in with imgtool login \(name) for a higher limit"
        }
        return ImageError(answer.errorCode, request.attempt, "the registry answered \(answer)", advice: advice)
    }

    /// The error that a broken exchange amounts to.
    func failure(_ error: HTTPError, of request: RegistryRequest) -> ImageError {
        var advice: String?
        switch error.kind {
        case .unreachable: advice = "check the name \(name), and that the registry runs"
        case .tls: advice = "give its authority with --ca-file, or accept any certificate with --insecure"
        case .notHTTP: advice = "check the port of \(name)"
        case .broken, .tooLarge, .local: break
        }
        return ImageError(.failed, request.attempt, "\(name): \(error.reason)", advice: advice)
    }

    func warn(_ text: String) { notify(.warning(text)) }

    /// Resolves the `Location` of an answer.
    func location(of response: HTTPResponse) -> String? {
        response.headers["Location"].flatMap { HTTPURL.resolve($0, against: response.url) }
    }

    // MARK: Authorization

    /// One exchange, repeated when the registry asks for authorization.
    private func authorized(_ request: RegistryRequest) async throws -> HTTPResponse {
        var challengesLeft = 2
        while true {
            let authorization = try await authorizer.authorization(for: request.scopes, repository: request.repository)
            let response = try await redirected(request, authorization)
            guard response.status == 401, challengesLeft > 0 else { return response }
            challengesLeft -= 1
            var challenges = Challenge.parse(response.headers.all("WWW-Authenticate"))
            if challenges.isEmpty { challenges = try await challengesOfPing(request) }
            let isWorthwhile = try await authorizer.answer(
                challenges, to: response.url, scopes: request.scopes, repository: request.repository,
                refused: authorization)
            if !isWorthwhile { return response }
        }
    }

    /// Some registries challenge on `/v2/` alone.
    private func challengesOfPing(_ request: RegistryRequest) async throws -> [Challenge] {
        var ping = request
        ping.method = "GET"
        ping.target = "/v2/"
        ping.body = .none
        return Challenge.parse(try await redirected(ping, nil).headers.all("WWW-Authenticate"))
    }

    // MARK: Redirects

    /// One exchange with every redirect that it leads to. Credentials stay with the registry.
    private func redirected(_ request: RegistryRequest, _ authorization: String?) async throws -> HTTPResponse {
        var response = try await reached(request, authorization)
        var left = Self.maximumRedirects
        while [301, 302, 303, 307, 308].contains(response.status), request.allowsRedirect {
            guard left > 0, let target = location(of: response) else {
                throw ImageError(.failed, request.attempt, "\(name) redirects without end or without an address")
            }
            left -= 1
            let isDowngrade = HTTPURL.scheme(response.url) == "https" && HTTPURL.scheme(target) != "https"
            guard !isDowngrade || transport.allowsDowngrade else {
                throw ImageError(
                    .failed, request.attempt, "\(name) redirects to an address without TLS", advice: "see --insecure")
            }
            response = try await exchange(request, target, authorization)
        }
        return response
    }

    // MARK: Schemes

    /// One exchange by the scheme that the registry speaks, which is found out by the first one.
    private func reached(_ request: RegistryRequest, _ authorization: String?) async throws -> HTTPResponse {
        guard request.target.hasPrefix("/") else { return try await exchange(request, request.target, authorization) }
        let first = scheme.withLock { $0 }
        func url(_ scheme: String) -> String { "\(scheme)://\(apiHost)\(request.target)" }
        do {
            let response = try await exchange(request, url(first), authorization)
            guard first == "http", transport.otherScheme == "https", response.status == 400,
                await Self.comesFromTLSServer(response)
            else { return response }
        } catch let error as HTTPError {
            guard let other = transport.otherScheme, other != first,
                [.tls, .notHTTP].contains(error.kind) || other == "http"
            else { throw error }
        }
        let other = first == "http" ? "https" : "http"
        let response = try await exchange(request, url(other), authorization)
        scheme.withLock { $0 = other }
        return response
    }

    /// Servers that speak TLS answer a plain request with a short text that says so.
    private static func comesFromTLSServer(_ response: HTTPResponse) async -> Bool {
        guard response.headers["Docker-Distribution-Api-Version"] == nil,
            let body = try? await response.body.collect(limit: maximumErrorBody)
        else { return false }
        return String(decoding: body, as: UTF8.self).contains("HTTPS")
    }

    private func exchange(_ request: RegistryRequest, _ url: String, _ authorization: String?) async throws
        -> HTTPResponse
    {
        var outgoing = HTTPRequest(
            request.method, url, headers: request.headers, security: transport.security(for: url),
            timeout: request.isStream ? nil : request.timeout)
        switch request.body {
        case .none: if !request.allowsRedirect, request.method != "DELETE" { outgoing.body = .bytes([]) }
        case .bytes(let bytes): outgoing.body = .bytes(bytes)
        case .stream(let length, let open): outgoing.body = .stream(try await open(), length: length)
        }
        if let authorization, HTTPURL.origin(url) == HTTPURL.origin("\(HTTPURL.scheme(url) ?? "https")://\(apiHost)") {
            outgoing.headers["Authorization"] = authorization
        }
        return try await http.send(outgoing)
    }

    // MARK: Repeating

    private static let passingStatuses: Set<Int> = [408, 429, 500, 502, 503, 504]

    private static func retryAfter(_ response: HTTPResponse) -> Duration? {
        guard let value = response.headers["Retry-After"] else { return nil }
        if let seconds = Int(value) { return .seconds(max(0, seconds)) }
        guard let date = HTTPURL.date(value) else { return nil }
        let now = response.headers["Date"].flatMap { HTTPURL.date($0) } ?? time(nil)
        return .seconds(max(0, date - now))
    }

    private static func seconds(_ pause: Duration) -> String {
        let tenths = Int(pause / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension RegistryRequest {
    var isStream: Bool {
        if case .stream = body { true } else { false }
    }
}

extension RegistryHost {
    /// Shows the texts of `Warning` headers (distribution-spec, "Warnings").
    fileprivate func showWarnings(of response: HTTPResponse) {
        for header in response.headers.all("Warning") where header.hasPrefix("299 ") {
            guard let open = header.firstIndex(of: "\""), let close = header.lastIndex(of: "\""), open < close else {
                continue
            }
            let text = header[header.index(after: open)..<close]
            warn("\(name): " + String(text).replacingEscapes)
        }
    }
}

extension String {
    /// The text of a quoted string without its backslashes, fit for one line of a terminal.
    fileprivate var replacingEscapes: String {
        var result = ""
        var escaped = false
        for character in self {
            if character == "\\", !escaped {
                escaped = true
                continue
            }
            escaped = false
            let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
            result.append(isControl ? " " : character)
        }
        return result
    }
}

extension RegistryHost {
    func warnOfRetry(_ cause: ImageError) { notify(.retry("\(name): \(cause.reason), trying again")) }
}
