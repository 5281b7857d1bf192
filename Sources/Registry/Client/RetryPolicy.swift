/// The limits for repeating a request after temporary failures.
package struct RetryPolicy: Sendable {
    /// The maximum number of attempts.
    package var attempts = 5
    /// The maximum duration of all attempts, delays included.
    package var total: Duration = .seconds(60)
    /// The delay after the first failure. Each further one is twice as long, and all vary by half.
    package var firstPause: Duration = .milliseconds(200)

    package init() {}
}

/// The attempts left for a request.
struct RetryBudget {
    private let policy: RetryPolicy
    private let deadline: ContinuousClock.Instant
    private var failures = 0

    init(_ policy: RetryPolicy) {
        self.policy = policy
        deadline = .now + policy.total
    }

    /// The maximum duration of the next attempt, at least one second.
    var remaining: Duration { max(.seconds(1), deadline - .now) }

    /// The delay before the next attempt; `nil` if none is left.
    ///
    /// - Parameters:
    ///   - asked: The minimum delay requested by the server.
    ///   - limit: The maximum number of attempts, if it is lower than the policy's.
    mutating func pause(asked: Duration? = nil, limit: Int = .max) -> Duration? {
        failures += 1
        guard failures < min(policy.attempts, limit) else { return nil }
        let regular = policy.firstPause * (1 << min(failures - 1, 10))
        let varied = regular * Double.random(in: 0.5...1)
        let pause = max(asked ?? .zero, varied)
        return ContinuousClock.now + pause < deadline ? pause : nil
    }
}
