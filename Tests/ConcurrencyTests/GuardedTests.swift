import Concurrency
import Testing

@Suite("A guarded value")
struct GuardedTests {
    @Test("loses no change that many tasks make")
    func counting() async {
        let value = Guarded(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    for _ in 0..<1000 { value.withLock { $0 += 1 } }
                }
            }
        }
        #expect(value.withLock { $0 } == 20_000)
    }

    @Test("is free again after an error")
    func errors() {
        struct Trouble: Error {}
        let value = Guarded(1)
        #expect(throws: Trouble.self) { try value.withLock { _ throws(Trouble) in throw Trouble() } }
        #expect(value.withLock { $0 } == 1)
    }
}
