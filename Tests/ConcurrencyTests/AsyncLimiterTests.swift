import Concurrency
import Testing

@Suite("A limiter")
struct AsyncLimiterTests {
    @Test("never lets more run than its limit", arguments: [1, 2, 7, 0, -3])
    func limit(_ limit: Int) async throws {
        let limiter = AsyncLimiter(limit: limit)
        let running = Guarded((now: 0, most: 0, done: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await limiter.run {
                        running.withLock {
                            $0.now += 1
                            $0.most = max($0.most, $0.now)
                        }
                        for _ in 0..<5 { await Task.yield() }
                        running.withLock {
                            $0.now -= 1
                            $0.done += 1
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let (now, most, done) = running.withLock { $0 }
        #expect(now == 0)
        #expect(most <= max(1, limit))
        #expect(done == 50)
    }

    @Test("gives the place back when the operation throws")
    func failure() async throws {
        struct Trouble: Error, Equatable {}
        let limiter = AsyncLimiter(limit: 1)
        for _ in 0..<3 {
            await #expect(throws: Trouble()) { try await limiter.run { throw Trouble() } }
        }
        #expect(try await limiter.run { 1 } == 1)
    }

    @Test("lets those who are cancelled while they wait go, and nobody else suffers")
    func cancellation() async throws {
        let limiter = AsyncLimiter(limit: 1)
        let (began, gate) = (Gate(), Gate())
        let first = Task {
            try await limiter.run {
                began.open()
                await gate.wait()
                return 1
            }
        }
        await began.wait()
        let second = Task { try await limiter.run { 2 } }
        let third = Task { try await limiter.run { 3 } }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        gate.open()
        #expect(try await first.value == 1)
        #expect(try await third.value == 3)
        #expect(try await limiter.run { 4 } == 4)
    }
}
