import Concurrency
import Testing

@Suite("Work on a thread of its own")
struct OwnThreadTests {
    private struct Wrapped: Error {}

    /// A stream that gives pieces without end.
    private final class Endless: ByteStream {
        func next() async throws -> [UInt8]? {
            try Task.checkCancellation()
            return [UInt8](repeating: 1, count: 1 << 16)
        }
    }

    /// Cancels a task once its work has begun.
    private func cancel(_ operation: @escaping @Sendable (Gate) async throws -> Void) async -> Result<Void, any Error> {
        let began = Gate()
        let task = Task { try await operation(began) }
        await began.wait()
        task.cancel()
        return await task.result
    }

    @Test("ends when its task is cancelled, whatever it makes of that", .timeLimit(.minutes(1)))
    func cancelled() async {
        let result = await cancel { began in
            try await OwnThread.runUntilCancelled { check in
                began.open()
                do { while true { try check() } } catch { throw Wrapped() }
            }
        }
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test("fails by what it throws when nobody cancels it")
    func failed() async {
        await #expect(throws: Wrapped.self) {
            try await OwnThread.runUntilCancelled { check in
                try check()
                throw Wrapped()
            }
        }
    }

    @Test("that pulls from a stream ends with the cancellation of its task", .timeLimit(.minutes(1)))
    func pulling() async {
        let result = await cancel { began in
            try await Endless().pulled { next in
                do {
                    while try next() != nil { began.open() }
                } catch {
                    throw Wrapped()
                }
            }
        }
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test("that pulls from a stream fails by what it throws")
    func pullingFailed() async {
        await #expect(throws: Wrapped.self) {
            try await Endless().pulled { next in
                _ = try next()
                throw Wrapped()
            }
        }
    }
}
