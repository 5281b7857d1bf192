import Concurrency
import Testing

@Suite("Equal requests at the same time are one")
struct SingleFlightTests {
    private struct Trouble: Error, Equatable {}

    @Test("for everybody who asks, and for those who ask later")
    func once() async throws {
        let flight = SingleFlight<String, Int>()
        let runs = Guarded(0)
        let gate = Gate()
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await flight.value(for: "a") {
                        await gate.wait()
                        return runs.withLock { runs in
                            runs += 1
                            return runs
                        }
                    }
                }
            }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 20))
        #expect(try await flight.value(for: "a") { 99 } == 1)
        #expect(try await flight.value(for: "b") { 99 } == 99)
        await flight.forget("a")
        #expect(try await flight.value(for: "a") { 7 } == 7)
    }

    @Test("but a failure is not remembered")
    func failure() async throws {
        let flight = SingleFlight<String, Int>()
        await #expect(throws: Trouble()) { try await flight.value(for: "a") { throw Trouble() } }
        #expect(try await flight.value(for: "a") { 3 } == 3)
    }

    @Test("and goes on when one of those who wait is cancelled")
    func oneCancelled() async throws {
        let flight = SingleFlight<String, Int>()
        let gate = Gate()
        let began = Gate()
        let impatient = Task {
            try await flight.value(for: "a") {
                began.open()
                await gate.wait()
                try Task.checkCancellation()
                return 5
            }
        }
        await began.wait()
        let joined = Gate()
        let patient = Task {
            joined.open()
            return try await flight.value(for: "a") { 6 }
        }
        await joined.wait()
        // Most likely it waits by then; if not, it makes the value itself, and is not cancelled either.
        for _ in 0..<100 { await Task.yield() }
        impatient.cancel()
        gate.open()
        #expect([5, 6].contains(try await patient.value))
    }

    @Test("and is cancelled when everybody is, after which it can be made anew")
    func allCancelled() async throws {
        let flight = SingleFlight<String, Int>()
        let began = Gate()
        let only = Task {
            try await flight.value(for: "a") {
                began.open()
                try await Task.sleep(for: .seconds(1000))
                return 5
            }
        }
        await began.wait()
        only.cancel()
        #expect(try await flight.value(for: "a") { 6 } == 6)
        await #expect(throws: CancellationError.self) { try await only.value }
        #expect(try await flight.value(for: "a") { 7 } == 6)
    }
}
