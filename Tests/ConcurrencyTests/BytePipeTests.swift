import Concurrency
import Glibc
import Testing

@Suite("A byte pipe")
struct BytePipeTests {
    private struct Trouble: Error, Equatable {}

    /// A thread as a downloader is one: it must not wait in the pipe, and is woken when there is room.
    private static func onThread(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// What the thread sleeps on.
    private final class Bell: Sendable {
        private let count = Guarded(0)
        func ring() { count.withLock { $0 += 1 } }
        func wait() {
            while count.withLock({ count in
                defer { count = max(0, count - 1) }
                return count == 0
            }) { usleep(200) }
        }
    }

    @Test("brings every byte from a thread to a task, in order and bounded", arguments: [1, 100, 65_536])
    func download(_ capacity: Int) async throws {
        let pipe = BytePipe(capacity: capacity)
        let bell = Bell()
        pipe.onWake { bell.ring() }
        let pieces = (0..<500).map { number in [UInt8](repeating: UInt8(number % 251), count: number * 7 % 97) }
        Self.onThread {
            for piece in pieces {
                while !piece.withUnsafeBytes({ pipe.offer($0) }) { bell.wait() }
            }
            pipe.finish()
        }
        var received: [UInt8] = []
        while let piece = try await pipe.next() {
            #expect(!piece.isEmpty)
            received += piece
        }
        #expect(received == pieces.flatMap { $0 })
        #expect(try await pipe.next() == nil)
    }

    @Test("brings every byte from a task to a thread, in order", arguments: [1, 100, 65_536])
    func upload(_ capacity: Int) async throws {
        let pipe = BytePipe(capacity: capacity)
        let bell = Bell()
        let received = Guarded<[UInt8]>([])
        let done = Gate()
        pipe.onWake { bell.ring() }
        Self.onThread {
            var buffer = [UInt8](repeating: 0, count: 64)
            while true {
                switch buffer.withUnsafeMutableBytes({ pipe.take(into: $0) }) {
                case .bytes(let count): received.withLock { $0 += buffer[..<count] }
                case .empty: bell.wait()
                case .end, .failed:
                    done.open()
                    return
                }
            }
        }
        let pieces = (0..<300).map { number in [UInt8](repeating: UInt8(number % 251), count: number * 7 % 97) }
        for piece in pieces { try await pipe.send(piece) }
        pipe.finish()
        await done.wait()
        #expect(received.withLock { $0 } == pieces.flatMap { $0 })
    }

    @Test("hands out what came before a failure, and then the failure")
    func failure() async throws {
        let pipe = BytePipe()
        _ = [1, 2].withUnsafeBytes { pipe.offer($0) }
        pipe.finish(.failure(Trouble()))
        pipe.finish()
        #expect(try await pipe.next()?.isEmpty == false)
        await #expect(throws: Trouble()) { try await pipe.next() }
    }

    @Test("fails the thread at once when the task gives up, and the task when the thread has closed it")
    func givingUp() async throws {
        let pipe = BytePipe()
        try await pipe.send([1])
        pipe.finish(.failure(Trouble()))
        var buffer = [UInt8](repeating: 0, count: 4)
        guard case .failed = buffer.withUnsafeMutableBytes({ pipe.take(into: $0) }) else {
            Issue.record("the thread goes on")
            return
        }
        await #expect(throws: Trouble()) { try await pipe.send([2]) }
        let closed = BytePipe()
        closed.finish()
        await #expect(throws: PipeClosed.self) { try await closed.send([1]) }
    }

    @Test("lets a task that waits be cancelled")
    func cancellation() async throws {
        let pipe = BytePipe(capacity: 1)
        let reader = Task { try await pipe.next() }
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        try await pipe.send([1, 2])
        let writer = Task { try await pipe.send([3]) }
        writer.cancel()
        await #expect(throws: CancellationError.self) { try await writer.value }
    }

    @Test("of bytes in memory is read once", arguments: [[], [1, 2, 3]] as [[UInt8]])
    func bytesStream(_ bytes: [UInt8]) async throws {
        let stream = BytesStream(bytes)
        #expect(try await stream.next() == (bytes.isEmpty ? nil : bytes))
        #expect(try await stream.next() == nil)
    }
}
