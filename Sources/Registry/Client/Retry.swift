internal import Glibc
internal import HTTP

/// Repeats a request after temporary failures.
struct Retry: Sendable {
    private static let passingStatuses: Set<Int> = [408, 429, 500, 502, 503, 504]
    /// The maximum number of attempts at an unreachable registry, which will hardly be there a minute later.
    private static let maximumUnreachable = 3

    let policy: RetryPolicy
    /// The name of the server, for notices.
    let name: String
    let notify: @Sendable (RegistryNotice) -> Void

    /// Makes attempts until another one would not help or none is left.
    ///
    /// - Parameters:
    ///   - mayRepeat: False to make a single attempt.
    ///   - attempt: Called with the maximum duration of the attempt.
    /// - Throws: The error of the last attempt; `CancellationError`.
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

    /// The delay requested by a response (RFC 9110, section 10.2.3): seconds, or a date by the server's clock.
    static func retryAfter(_ response: HTTPResponse) -> Duration? {
        guard let value = response.headers["Retry-After"] else { return nil }
        if let seconds = Int(value) { return .seconds(max(0, seconds)) }
        guard let date = HTTPURL.date(value) else { return nil }
        let now = response.headers["Date"].flatMap { HTTPURL.date($0) } ?? time(nil)
        return .seconds(max(0, date - now))
    }

    /// Reports that another attempt will follow.
    func noteRetry(_ why: String, _ pause: Duration) {
        let tenths = Int(pause / .milliseconds(100))
        notify(.retry("\(name): \(why), trying again in \(tenths / 10).\(tenths % 10) s"))
    }
}
