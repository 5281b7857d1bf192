internal import Concurrency
internal import Glibc

/// Turns Ctrl-C, Ctrl-\, SIGTERM and SIGHUP into the cancellation of the command, so that it cleans up.
enum Interruption {
    private struct State {
        var task: Task<Void, Never>?
        var signal: Int32?
        var restore: (@Sendable () -> Void)?
    }

    private static let state = Guarded(State())

    /// The signal that ended the command, if any.
    static var received: Int32? { state.withLock { $0.signal } }

    /// Blocks the signals for ``waitForSignals()``. Must be called before any thread starts, since threads inherit the
    /// mask.
    static func blockSignals() {
        var signals = endingSignals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Starts the work that the first signal cancels.
    static func begin(_ work: @escaping @Sendable () async -> Void) {
        let task = Task { await work() }
        state.withLock { $0.task = task }
    }

    /// The time for cancelled work to clean up, in seconds. It may be blocked by something that cannot be cancelled,
    /// such as reading from a pipe; the next command then removes its leftovers.
    private static let timeout = 10

    /// Waits for signals forever: the first one cancels the work, a second one ends the program at once.
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

    /// Runs something that cannot be cancelled, such as a prompt: a signal then ends the program at once.
    ///
    /// - Parameter restore: Called before the program ends, and after the work.
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
        for signal in [SIGINT, SIGQUIT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        return signals
    }
}
