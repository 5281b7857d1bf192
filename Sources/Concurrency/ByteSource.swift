/// A source of bytes for code that may block: returns the next piece, never empty, or `nil` at the end.
package typealias ByteSource = () throws -> [UInt8]?

extension ByteStream {
    /// Runs blocking work that reads this stream, such as an archive reader, on a thread of its own.
    ///
    /// The work may stop before the end of the stream. Cancelling the task ends the stream with `CancellationError`.
    ///
    /// - Throws: The error of the work. The source throws failures of the stream inside the work; a `CancellationError`
    ///   is thrown here as well, whatever the work made of it.
    package func pulled<Result: Sendable>(
        by work: @escaping @Sendable (@escaping ByteSource) throws -> Result
    ) async throws -> Result {
        let bridge = StreamBridge()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await bridge.pump(self) }
            defer { group.cancelAll() }
            do {
                return try await OwnThread.run {
                    defer { bridge.close() }
                    return try work(bridge.pull)
                }
            } catch {
                if bridge.wasCancelled { throw CancellationError() }
                throw error
            }
        }
    }
}

/// Hands pieces from a task over to a blocking thread.
private final class StreamBridge: Sendable {
    private let pipe = BytePipe()
    private let bell = BlockingQueue<Void>(capacity: 1)
    private let failure = Guarded<(any Error)?>(nil)
    private static let pieceSize = 256 << 10

    init() {
        pipe.onWake { [bell] in bell.offer(()) }
    }

    func pump(_ stream: some ByteStream) async {
        do {
            while let piece = try await stream.next() { try await pipe.send(piece) }
            pipe.finish()
        } catch {
            failure.withLock { $0 = error }
            pipe.finish(.failure(error))
        }
    }

    func pull() throws -> [UInt8]? {
        var failed = false
        var ended = false
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
            while count < buffer.count, !failed, !ended {
                switch pipe.take(into: .init(UnsafeMutableBufferPointer(rebasing: buffer[count...]))) {
                case .bytes(let amount): count += amount
                case .empty where count > 0: return
                case .empty: _ = bell.take()
                case .end: ended = true
                case .failed: failed = true
                }
            }
        }
        if failed { throw failure.withLock { $0 } ?? PipeClosed() }
        return piece.isEmpty ? nil : piece
    }

    var wasCancelled: Bool { failure.withLock { $0 is CancellationError } }

    func close() { pipe.finish() }
}
