internal import Concurrency
internal import Glibc

/// Turns Ctrl-C and a polite request to end into the cancellation of the command, so that it cleans up.
enum Interruption {
    private struct State {
        var task: Task<Void, any Error>?
        var signal: Int32?
        var restore: (@Sendable () -> Void)?
    }

    private static let state = Guarded(State())

    /// The signal that ended the command, if one did.
    static var received: Int32? { state.withLock { $0.signal } }

    /// Runs something that the first SIGINT, SIGTERM or SIGHUP cancels. A second one ends the program at once.
    static func cancelling(_ operation: @escaping @Sendable () async throws -> Void) async throws {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        // Threads inherit the mask, so only the one that waits gets these signals.
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let task = Task { try await operation() }
        state.withLock { $0.task = task }
        startWaiting()
        try await task.value
    }

    /// Runs something that cannot be cancelled, such as waiting for a person: a signal then ends the program at once.
    ///
    /// - Parameter restore: What is to be done before it ends, and after the work.
    static func immediate<Result>(
        restoring restore: @escaping @Sendable () -> Void, _ work: () throws -> Result
    ) rethrows -> Result {
        state.withLock { $0.restore = restore }
        defer {
            state.withLock { $0.restore = nil }
            restore()
        }
        return try work()
    }

    private static func startWaiting() {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                Interruption.wait()
                return nil
            }, nil)
        pthread_detach(thread)
    }

    private static func wait() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        while true {
            var signal: Int32 = 0
            guard sigwait(&signals, &signal) == 0 else { continue }
            let (task, restore) = state.withLock { state in
                defer { state.signal = signal }
                return (state.signal == nil ? state.task : nil, state.restore)
            }
            restore?()
            guard let task, restore == nil else { _exit(128 + signal) }
            task.cancel()
        }
    }
}
