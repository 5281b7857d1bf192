internal import Concurrency
internal import Glibc

/// Turns Ctrl-C and a polite request to end into the cancellation of the command, so that it cleans up.
enum Interruption {
    private static let state = Guarded<(task: Task<Void, any Error>?, signal: Int32?)>((nil, nil))

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
            let task = state.withLock { state -> Task<Void, any Error>? in
                if state.signal != nil { return nil }
                state.signal = signal
                return state.task
            }
            guard let task else { _exit(128 + signal) }
            task.cancel()
        }
    }
}
