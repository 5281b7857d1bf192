/// A value shared between threads, protected by a lock, for whose changes tasks can wait.
package final class Watched<Value>: Sendable {
    private struct State {
        var value: Value
        /// The number of changes so far.
        var version = 0
        var nextTicket = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state: Guarded<State>

    /// - Parameter value: The initial value.
    package init(_ value: Value) {
        state = Guarded(State(value: value))
    }

    /// Runs `body` with exclusive access to the value, and then lets all waiting tasks look at it again. It must neither
    /// block nor use this value again.
    package func change<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        defer { for continuation in waiting.values { continuation.resume() } }
        return try state.withLock { state throws(Failure) in
            defer {
                state.version += 1
                swap(&waiting, &state.waiting)
            }
            return try body(&state.value)
        }
    }

    /// Runs `body` with exclusive access to the value without waking anybody.
    package func look<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try state.withLock { state throws(Failure) in try body(&state.value) }
    }

    /// Waits until `take` returns a result. It is called with exclusive access to the value, at once and after each
    /// change. What it changes itself wakes nobody.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, or the error of `take`.
    package func wait<Result>(_ take: (inout Value) throws -> Result?) async throws -> Result {
        while true {
            try Task.checkCancellation()
            let (result, version) = try state.withLock { (try take(&$0.value), $0.version) }
            if let result { return result }
            await change(after: version)
        }
    }

    /// Waits for the change after a version, or for the cancellation of the task.
    private func change(after version: Int) async {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    if Task.isCancelled || state.version != version { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }
}
