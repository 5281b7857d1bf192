internal import Glibc

/// Threads for work that waits for the system, or computes for long, and would hold up the pool that runs tasks.
package enum OwnThread {
    /// The system allows no further thread.
    package struct Refused: Error, CustomStringConvertible {
        package var description: String { "the system allows no further thread" }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that nobody waits for; it ends when its work does.
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

    /// Runs work on a thread of its own while the task waits without holding a thread.
    ///
    /// Cancelling the task does not stop the work; what the work pulls from has to end.
    ///
    /// - Throws: ``Refused``, or what the work throws.
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

    /// The same for long work, which cancelling the task stops.
    ///
    /// - Parameter work: Calls what it is given again and again, and ends with what that throws.
    /// - Throws: ``Refused``, or what the work throws; `CancellationError` when the task was cancelled by then, whatever
    ///   has become of it on its way out of the work.
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
