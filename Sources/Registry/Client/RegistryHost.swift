internal import Concurrency
internal import HTTP
internal import OCI

/// A registry: its transport, its authorization, and all requests to it.
final class RegistryHost: Sendable {
    /// The maximum number of bytes to read of an error response.
    static let maximumErrorBody = 64 << 10
    /// The maximum number of concurrent requests that transfer no blob. More would not be faster.
    private static let parallelRequests = 16

    /// The name in references, such as `docker.io` or `localhost:5000`.
    let name: String
    let http: HTTPClient
    let transport: HostTransport
    let authorizer: Authorizer
    let retry: Retry
    let timeout: Duration
    let turns = AsyncLimiter(limit: parallelRequests)
    /// Serializes updates of fallback tags for referrers, which are read, changed and written back.
    let fallbackTurn = AsyncLimiter(limit: 1)
    /// Serializes the first requests for referrers, so that a missing API is noticed once.
    let referrersTurn = AsyncLimiter(limit: 1)
    private let referrersAPIs = Guarded<[String: Bool]>([:])
    private let knownScheme = Guarded<String?>(nil)

    init(
        transport: HostTransport, http: HTTPClient, authorizer: Authorizer, retry: Retry, timeout: Duration
    ) {
        name = retry.name
        self.http = http
        self.transport = transport
        self.authorizer = authorizer
        self.retry = retry
        self.timeout = timeout
    }

    /// The host of the API, which differs from the name for Docker Hub.
    var apiHost: String { name == "docker.io" ? "registry-1.docker.io" : name }

    /// The URL scheme of the registry, once it is known.
    var scheme: String? {
        get { knownScheme.withLock { $0 } }
        set { knownScheme.withLock { $0 = newValue } }
    }

    /// True for repositories that may have the referrers API, by path; `nil` until a request shows it.
    subscript(referrersAPIOf path: String) -> Bool? {
        get { referrersAPIs.withLock { $0[path] } }
        set { referrersAPIs.withLock { $0[path] = newValue } }
    }

    // MARK: Requests

    /// Sends a request, repeating it as long as that may help.
    ///
    /// - Returns: The response, whatever its status, with its body not yet read.
    /// - Throws: ``ImageError``; `RegistryRequest.WasDone`; `CancellationError`; the error of the body's source.
    func send(_ request: RegistryRequest) async throws -> HTTPResponse {
        try await repeated(request) { (try await self.authorized($0), ()) }.0
    }

    /// Sends a request and accepts only certain statuses.
    ///
    /// - Throws: The errors of ``send(_:)``; ``ImageError`` with the registry's response for any other status.
    func send(_ request: RegistryRequest, accepting statuses: Set<Int>) async throws -> HTTPResponse {
        let response = try await send(request)
        if statuses.contains(response.status) { return response }
        throw await refusal(of: request, response)
    }

    /// Sends a request and reads the whole body if the status is 200, repeating it when the body is cut off.
    ///
    /// - Parameter limit: The maximum size, in bytes.
    /// - Returns: The response, and its body if the status is 200.
    /// - Throws: The errors of ``send(_:)``; of code `verification` if no response was complete.
    func fetch(_ request: RegistryRequest, limit: Int) async throws -> (HTTPResponse, body: [UInt8]) {
        let (response, body) = try await fetch(request) { try await $0.collect(limit: limit) }
        return (response, body ?? [])
    }

    /// Sends a request and reads the answer of status 200, from its beginning again when it is cut off on the way.
    ///
    /// - Returns: The result of `read`, if the status is 200.
    /// - Throws: As ``send(_:)``; of code `verification` when no answer came to its end; what `read` throws.
    func fetch<Content>(
        _ request: RegistryRequest, _ read: (HTTPBody) async throws -> Content
    ) async throws -> (HTTPResponse, Content?) {
        try await repeated(request) { request in
            let response = try await self.authorized(request)
            return (response, response.status == 200 ? try await read(response.body) : nil)
        }
    }

    private func repeated<Body>(
        _ request: RegistryRequest, _ exchange: (RegistryRequest) async throws -> (HTTPResponse, Body)
    ) async throws -> (HTTPResponse, Body) {
        var isRepeated = false
        do {
            // An interrupted stream can be resumed, which is up to its sender.
            return try await retry.run(mayRepeat: request.isRepeatable && !request.isStream) { remaining in
                if isRepeated, let isDone = request.isDone, try await isDone() { throw RegistryRequest.WasDone() }
                isRepeated = true
                var attempt = request
                attempt.timeLimit = min(timeout, remaining)
                return try await exchange(attempt)
            }
        } catch let error as HTTPError {
            throw failure(error, of: request)
        }
    }

    // MARK: Errors

    /// The description of an error response, whose body is read.
    func answer(_ response: HTTPResponse) async -> RegistryAnswer {
        let body = (try? await response.body.collect(limit: Self.maximumErrorBody)) ?? []
        return RegistryAnswer(status: response.status, body: body)
    }

    /// The error for a response.
    func refusal(of request: RegistryRequest, _ response: HTTPResponse) async -> ImageError {
        await refusal(of: request, response, answer(response))
    }

    /// The error for a response whose body was read.
    func refusal(of request: RegistryRequest, _ response: HTTPResponse, _ answer: RegistryAnswer) async -> ImageError {
        guard isOwn(response.url) else {
            // No credentials are sent there, so advising to log in would not help.
            let other = HTTPURL.authority(response.url) ?? "another host"
            return ImageError(
                answer.errorCode, request.attempt, "\(other), to which \(name) leads, answered \(answer)")
        }
        var advice: String?
        var reason = "the registry answered \(answer)"
        if response.status == 401, let user = await authorizer.passwordUser(for: request.repository) {
            reason = "the user name \(user) or the password is wrong: \(reason)"
            advice = "log in anew with imgtool login \(name)"
        } else if answer.errorCode == .denied {
            advice = "check that it exists, and that imgtool login \(name) was done for a user who may do this"
        } else if response.status == 429 {
            advice = "wait, or log in with imgtool login \(name) for a higher limit"
        }
        let error = ImageError(answer.errorCode, request.attempt, reason, advice: advice)
        guard request.isWrite, error.code == .notFound else { return error }
        // The repository is missing, or content that the request refers to.
        return ImageError(
            .failed, error.attempt, error.reason,
            advice: answer.code == "NAME_UNKNOWN" ? "create the repository at \(name) first" : nil)
    }

    /// The host of a URL, as an error message begins.
    private func place(_ url: String) -> (name: String, isForeign: Bool) {
        guard scheme != nil, !isOwn(url), let other = HTTPURL.authority(url) else { return ("\(name):", false) }
        return ("\(other), to which \(name) leads:", true)
    }

    /// The error for a failed exchange.
    private func failure(_ error: HTTPError, of request: RegistryRequest) -> ImageError {
        var advice: String?
        let place = place(error.url)
        switch error.kind {
        case .unreachable: advice = place.isForeign ? nil : "check the name \(name), and that the registry runs"
        case .noTLS: advice = "if it wants a client certificate, give one with --cert-file and --key-file"
        case .tls where error.reason.contains("handshake"):
            advice = "if it wants a client certificate, give one with --cert-file and --key-file"
        case .tls: advice = "give its authority with --ca-file, or accept any certificate with --insecure"
        case .notHTTP: advice = place.isForeign ? nil : "check the port of \(name)"
        case .truncated:
            return ImageError(.verification, request.attempt, "\(place.name) the answer was cut off before its end")
        case .broken, .tooLarge, .local: break
        }
        let mayPass = error.kind == .broken || error.kind == .unreachable
        return ImageError(
            mayPass ? .interrupted : .failed, request.attempt, "\(place.name) \(error.reason)", advice: advice)
    }

    func warn(_ text: String) { retry.notify(.warning(text)) }
}
