internal import Concurrency
internal import Glibc

/// Turns Ctrl-C and a polite request to end into the cancellation of the command, so that it cleans up.
enum Interruption {
    private struct State {
        var task: Task<Void, Never>?
        var signal: Int32?
        var restore: (@Sendable () -> Void)?
    }

    private static let state = Guarded(State())

    /// The signal that ended the command, if one did.
    static var received: Int32? { state.withLock { $0.signal } }

    /// Keeps the signals back for ``waitForSignals()``. Comes before any thread is started, since threads inherit it.
    static func blockSignals() {
        var signals = endingSignals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Starts the work that the first signal cancels.
    static func begin(on executor: any TaskExecutor, _ work: @escaping @Sendable () async -> Void) {
        let task = Task(executorPreference: executor) { await work() }
        state.withLock { $0.task = task }
    }

    /// The time that cancelled work has to clean up, in seconds. It may wait for what cannot be cancelled, as for somebody
    /// who writes to a pipe; whatever is left half made then is removed by the next command.
    private static let timeout = 10

    /// Waits for signals for ever: the first one cancels the work, a second one ends the program at once.
    static func waitForSignals() -> Never {
        var signals = endingSignals
        while true {
            var limit = timespec(tv_sec: timeout, tv_nsec: 0)
            let first = received
            let signal = first == nil ? sigwaitinfo(&signals, nil) : sigtimedwait(&signals, nil, &limit)
            if signal < 0 {
                if let first, errno == EAGAIN { _exit(128 + first) }
                continue
            }
            let (task, restore) = state.withLock { state in
                defer { state.signal = signal }
                return (state.signal == nil ? state.task : nil, state.restore)
            }
            restore?()
            guard let task, restore == nil else { _exit(128 + signal) }
            task.cancel()
        }
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

    private static var endingSignals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        return signals
    }
}
