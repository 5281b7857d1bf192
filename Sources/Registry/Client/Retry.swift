internal import Glibc
internal import HTTP

/// Sends a request again when it failed for a reason that may pass.
struct Retry: Sendable {
    private static let passingStatuses: Set<Int> = [408, 429, 500, 502, 503, 504]
    /// A registry that nobody finds is hardly there a minute later.
    private static let maximumUnreachable = 3

    let policy: RetryPolicy
    /// Who is asked, for notices.
    let name: String
    let notify: @Sendable (RegistryNotice) -> Void

    /// Makes attempts until there is an answer that another one will not change, or none is left.
    ///
    /// - Parameters:
    ///   - mayRepeat: Whether there may be a second one.
    ///   - attempt: Gets the longest time that it may take.
    /// - Throws: What the last attempt throws; `CancellationError`.
    func run<Body>(
        mayRepeat: Bool = true, _ attempt: (Duration) async throws -> (HTTPResponse, Body)
    ) async throws -> (HTTPResponse, Body) {
        var budget = RetryBudget(policy)
        while true {
            let pause: Duration
            let why: String
            do {
                let (response, body) = try await attempt(budget.remaining)
                guard mayRepeat, Self.passingStatuses.contains(response.status),
                    let next = budget.pause(asked: Self.retryAfter(response))
                else { return (response, body) }
                (pause, why) = (next, "it answered \(response.status)")
            } catch let error as HTTPError {
                let isUnreachable = error.kind == .unreachable
                guard mayRepeat, isUnreachable || error.kind == .broken || error.kind == .truncated,
                    let next = budget.pause(limit: isUnreachable ? Self.maximumUnreachable : .max)
                else { throw error }
                (pause, why) = (next, error.reason)
            }
            noteRetry(why, pause)
            try await Task.sleep(for: pause)
        }
    }

    /// The pause that an answer asks for (RFC 9110, section 10.2.3): seconds, or a date by the server's own clock.
    static func retryAfter(_ response: HTTPResponse) -> Duration? {
        guard let value = response.headers["Retry-After"] else { return nil }
        if let seconds = Int(value) { return .seconds(max(0, seconds)) }
        guard let date = HTTPURL.date(value) else { return nil }
        let now = response.headers["Date"].flatMap { HTTPURL.date($0) } ?? time(nil)
        return .seconds(max(0, date - now))
    }

    /// Tells that there will be another attempt.
    func noteRetry(_ why: String, _ pause: Duration) {
        let tenths = Int(pause / .milliseconds(100))
        notify(.retry("\(name): \(why), trying again in \(tenths / 10).\(tenths % 10) s"))
    }
}
