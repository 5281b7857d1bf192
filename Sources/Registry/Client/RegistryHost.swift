internal import Concurrency
internal import HTTP
internal import OCI

/// One registry: how it is reached, who we are there, and every request to it.
final class RegistryHost: Sendable {
    /// How much of an answer that is an error is read.
    static let maximumErrorBody = 64 << 10
    /// How many requests that move no blob run at once; more connections would gain nothing.
    private static let parallelRequests = 16

    /// As it stands in references: `docker.io`, `localhost:5000`.
    let name: String
    let http: HTTPClient
    let transport: HostTransport
    let authorizer: Authorizer
    let retry: Retry
    let timeout: Duration
    let turns = AsyncLimiter(limit: parallelRequests)
    /// Lists of referrers under fallback tags are read, changed and written back, so one at a time.
    let fallbackTurn = AsyncLimiter(limit: 1)
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

    /// Where the API of a registry is: the one of Docker Hub is not under its name.
    var apiHost: String { name == "docker.io" ? "registry-1.docker.io" : name }

    /// By which scheme the registry speaks, once it is known.
    var scheme: String? {
        get { knownScheme.withLock { $0 } }
        set { knownScheme.withLock { $0 = newValue } }
    }

    // MARK: Requests

    /// Sends a request until there is an answer that repeating it will not change.
    ///
    /// - Returns: The answer, whatever its status is, its body not yet read.
    /// - Throws: ``ImageError``; `RegistryRequest.WasDone`; `CancellationError`; what the body's source throws.
    func send(_ request: RegistryRequest) async throws -> HTTPResponse {
        try await repeated(request) { (try await self.authorized($0), ()) }.0
    }

    /// Sends a request and accepts only some statuses.
    ///
    /// - Throws: As ``send(_:)``, and ``ImageError`` that says what the registry answered instead.
    func send(_ request: RegistryRequest, accepting statuses: Set<Int>) async throws -> HTTPResponse {
        let response = try await send(request)
        if statuses.contains(response.status) { return response }
        throw await refusal(of: request, response)
    }

    /// Sends a request and reads the whole answer of status 200, again when it is cut off on the way.
    ///
    /// - Parameter limit: The most that is accepted, in bytes.
    /// - Returns: The body too if the status is 200.
    /// - Throws: As ``send(_:)``; of code `verification` when no answer came to its end.
    func fetch(_ request: RegistryRequest, limit: Int) async throws -> (HTTPResponse, body: [UInt8]) {
        let (response, body) = try await repeated(request) { request in
            let response = try await self.authorized(request)
            return (response, response.status == 200 ? try await response.body.collect(limit: limit) : [])
        }
        return (response, body)
    }

    private func repeated<Body>(
        _ request: RegistryRequest, _ exchange: (RegistryRequest) async throws -> (HTTPResponse, Body)
    ) async throws -> (HTTPResponse, Body) {
        var isRepeated = false
        do {
            // A stream that broke off may be gone on with, and whoever sends it knows how.
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

    /// The error that an answer amounts to.
    func refusal(of request: RegistryRequest, _ response: HTTPResponse) async -> ImageError {
        let body = (try? await response.body.collect(limit: Self.maximumErrorBody)) ?? []
        let answer = RegistryAnswer(status: response.status, body: body)
        guard isOwn(response.url) else {
            // No credential is ever sent there, so logging in anew would not help.
            let place = HTTPURL.host(response.url) ?? "another host"
            return ImageError(
                answer.errorCode, request.attempt, "\(place), to which \(name) leads, answered \(answer)")
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
        return ImageError(answer.errorCode, request.attempt, reason, advice: advice)
    }

    /// The error that a broken exchange amounts to.
    private func failure(_ error: HTTPError, of request: RegistryRequest) -> ImageError {
        var advice: String?
        switch error.kind {
        case .unreachable: advice = "check the name \(name), and that the registry runs"
        case .tls where error.reason.contains("alert") || error.reason.contains("handshake"):
            advice = "if it wants a client certificate, give one with --cert-file and --key-file"
        case .tls: advice = "give its authority with --ca-file, or accept any certificate with --insecure"
        case .notHTTP: advice = "check the port of \(name)"
        case .truncated:
            return ImageError(.verification, request.attempt, "\(name): the answer was cut off before its end")
        case .broken, .tooLarge, .local: break
        }
        let mayPass = error.kind == .broken || error.kind == .unreachable
        return ImageError(
            mayPass ? .interrupted : .failed, request.attempt, "\(name): \(error.reason)", advice: advice)
    }

    func warn(_ text: String) { retry.notify(.warning(text)) }
}
