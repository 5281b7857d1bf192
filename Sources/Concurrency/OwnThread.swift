internal import Glibc

/// Threads for blocking or long-running work, which would otherwise block the pool that runs tasks.
package enum OwnThread {
    /// The system allows no further thread.
    package struct Refused: Error, CustomStringConvertible {
        package var description: String { "the system allows no further thread" }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that is never joined; it ends with its work.
    package static func start(_ work: @escaping @Sendable () -> Void) throws(Refused) {
        let body = Unmanaged.passRetained(Body(work))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw Refused()
        }
        pthread_detach(thread)
    }

    /// Runs work on a thread of its own and suspends the task meanwhile.
    ///
    /// Cancelling the task does not stop the work; the caller has to end the work's input.
    ///
    /// - Throws: ``Refused``, or the error of the work.
    package static func run<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            do throws(Refused) {
                try start { continuation.resume(with: Swift.Result { try work() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Runs long work on a thread of its own and stops it when the task is cancelled.
    ///
    /// - Parameter work: Work that calls its argument regularly and passes on the error it throws.
    /// - Throws: ``Refused``, or the error of the work; `CancellationError` if the task was cancelled, whatever the
    ///   work made of it.
    package static func runUntilCancelled<Result: Sendable>(
        _ work: @escaping @Sendable (_ check: @escaping @Sendable () throws -> Void) throws -> Result
    ) async throws -> Result {
        let isCancelled = Guarded(false)
        return try await withTaskCancellationHandler {
            do {
                return try await run {
                    try work { if isCancelled.withLock({ $0 }) { throw CancellationError() } }
                }
            } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }
}
