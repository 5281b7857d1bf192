/// How often and for how long a request is repeated that failed for a reason that may pass.
package struct RetryPolicy: Sendable {
    /// How often it is sent in all.
    package var attempts = 5
    /// How long all attempts may take together, the pauses included.
    package var total: Duration = .seconds(60)
    /// The pause after the first failure; each further one is twice as long, and every one varies by half.
    package var firstPause: Duration = .milliseconds(200)

    package init() {}
}

/// The attempts that are left for one request.
struct RetryBudget {
    private let policy: RetryPolicy
    private let deadline: ContinuousClock.Instant
    private var failures = 0

    init(_ policy: RetryPolicy) {
        self.policy = policy
        deadline = .now + policy.total
    }

    /// How long the next attempt may take. With less than a second it could as well not be made.
    var remaining: Duration { max(.seconds(1), deadline - .now) }

    /// How long to wait before the next attempt; `nil` when there is none left.
    ///
    /// - Parameters:
    ///   - asked: The least pause that the server asks for.
    ///   - limit: How often it is tried at most, where that is less than the policy says.
    mutating func pause(asked: Duration? = nil, limit: Int = .max) -> Duration? {
        failures += 1
        guard failures < min(policy.attempts, limit) else { return nil }
        let regular = policy.firstPause * (1 << min(failures - 1, 10))
        let varied = regular * Double.random(in: 0.5...1)
        let pause = max(asked ?? .zero, varied)
        return ContinuousClock.now + pause < deadline ? pause : nil
    }
}
