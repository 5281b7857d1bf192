/// How registries are reached, as the command line says.
package struct RegistryOptions: Sendable {
    /// Never TLS.
    package var plainHTTP = false
    /// TLS with any certificate, and without TLS where there is none.
    package var insecure = false
    /// More certificate authorities, in PEM.
    package var authorities: [UInt8] = []
    /// Files with a client certificate and its key, in PEM.
    package var clientCertificate: String?
    package var clientKey: String?
    package var retry = RetryPolicy()

    package init() {}
}

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

/// What a registry tells, or what happens on the way, that is no result and no error.
package enum RegistryNotice: Sendable {
    /// A `Warning` header's text, or something that is odd; shown to the user once.
    case warning(String)
    /// A request is going to be repeated.
    case retry(String)
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
