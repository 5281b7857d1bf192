import Concurrency
import FileSystem
import Glibc
import TestKit
import Testing

@Suite struct FileLockTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    func open(_ purpose: OpenFile.Purpose = .folder) throws -> OpenFile { try OpenFile(folder.path, for: purpose) }

    @Test func oneHoldsAnExclusiveLock() throws {
        let (first, second) = (try open(), try open())
        let lock = try #require(try FileLock(.exclusive, trying: first))
        #expect(try FileLock(.exclusive, trying: second) == nil)
        #expect(try FileLock(.shared, trying: second) == nil)
        lock.release()
        #expect(try FileLock(.exclusive, trying: second) != nil)
    }

    @Test func anyNumberHoldsASharedLock() throws {
        let (first, second) = (try open(), try open())
        #expect(try FileLock(.shared, trying: first) != nil)
        #expect(try FileLock(.shared, trying: second) != nil)
    }

    @Test func aLockKeepsManyTasksApart() async throws {
        let counts = Guarded((inside: 0, most: 0, turns: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 {
                group.addTask { [folder] in
                    let file = try OpenFile(folder.path, for: .folder)
                    let lock = try await FileLock(.exclusive, waitingFor: file, timeout: .seconds(60))
                    defer { lock.release() }
                    counts.withLock { $0 = ($0.inside + 1, max($0.most, $0.inside + 1), $0.turns + 1) }
                    await Task.yield()
                    counts.withLock { $0.inside -= 1 }
                }
            }
            try await group.waitForAll()
        }
        #expect(counts.withLock { $0 } == (0, 1, 12))
    }

    @Test func aLockOfAnotherProcessIsWaitedForAndThatIsSaid() async throws {
        let holder = try LockHolder(of: folder.path)
        let said = Guarded(0)
        let lock = try await FileLock(
            .exclusive, waitingFor: try open(), timeout: .seconds(60), quiet: .zero,
            notice: {
                said.withLock { $0 += 1 }
                holder.kill()
            })
        lock.release()
        #expect(said.withLock { $0 } == 1)
    }

    @Test func patienceHasAnEnd() async throws {
        let holder = try LockHolder(of: folder.path)
        defer { holder.kill() }
        await #expect(throws: FileError(ETIMEDOUT, "lock", folder.path)) {
            try await FileLock(.exclusive, waitingFor: try open(), timeout: .milliseconds(20))
        }
    }

    @Test func aHolderAtWorkIsWaitedForLonger() async throws {
        let holder = try LockHolder(of: folder.path)
        let looks = Guarded(Int64(0))
        let lock = try await FileLock(
            .exclusive, waitingFor: try open(), timeout: .milliseconds(1),
            signOfLife: {
                looks.withLock { looks in
                    looks += 1
                    if looks == 8 { holder.kill() }
                    return looks
                }
            })
        lock.release()
        #expect(looks.withLock { $0 } >= 8)
    }

    @Test func whoWaitsCanBeCancelled() async throws {
        let holder = try LockHolder(of: folder.path)
        defer { holder.kill() }
        let file = try open()
        let waiting = Task {
            try await FileLock(.exclusive, waitingFor: file, timeout: .seconds(600))
        }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
