internal import Concurrency
internal import OCI

/// A stream for several readers, each of which gets all of it. Readers that are ahead wait for the others.
///
/// Reading starts once every reader has either opened the stream or left.
actor BlobTee {
    /// The maximum number of pieces that one reader may be ahead of another.
    private static let capacity = 8

    private let open: @Sendable () async throws -> any ByteStream
    private var undecided: Int
    private var source: (any ByteStream)?
    /// The pieces that each open reader has not taken yet.
    private var queues: [Int: [[UInt8]]] = [:]
    private var isReading = false
    private var isAtEnd = false
    private var failure: (any Error)?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameters:
    ///   - readers: The number of readers, which are numbered from 0.
    ///   - open: Opens the original; called once.
    init(readers: Int, opening open: @escaping @Sendable () async throws -> any ByteStream) {
        undecided = readers
        self.open = open
    }

    /// Adds a reader, and waits for the decision of all others.
    func join(_ reader: Int) async -> any ByteStream {
        undecided -= 1
        queues[reader] = []
        notify()
        while undecided > 0 { await change() }
        return Branch(tee: self, reader: reader)
    }

    /// Removes a reader, which need not have joined.
    func leave(_ reader: Int, hasJoined: Bool) {
        if !hasJoined { undecided -= 1 }
        queues[reader] = nil
        notify()
    }

    fileprivate func next(for reader: Int) async throws -> [UInt8]? {
        while true {
            if let piece = queues[reader]?.first {
                queues[reader]?.removeFirst()
                notify()
                return piece
            }
            if let failure { throw failure }
            if isAtEnd { return nil }
            if isReading || queues.values.contains(where: { $0.count >= Self.capacity }) {
                await change()
            } else {
                await read()
            }
        }
    }

    /// Reads one piece for all readers.
    private func read() async {
        isReading = true
        do {
            let source = try await opened()
            if let piece = try await source.next() {
                for reader in queues.keys { queues[reader]?.append(piece) }
            } else {
                isAtEnd = true
            }
        } catch is CancellationError {
            // The reader that read for all was cancelled; the others may read the original themselves.
            failure = ImageError(.interrupted, "cannot read a blob for several destinations", "one of them gave up")
        } catch {
            failure = error
        }
        isReading = false
        notify()
    }

    private func opened() async throws -> any ByteStream {
        if let source { return source }
        let stream = try await open()
        source = stream
        return stream
    }

    private func change() async {
        await withCheckedContinuation { waiting.append($0) }
    }

    private func notify() {
        let all = waiting
        waiting = []
        for continuation in all { continuation.resume() }
    }

    private final class Branch: ByteStream {
        private let tee: BlobTee
        private let reader: Int

        init(tee: BlobTee, reader: Int) {
            self.tee = tee
            self.reader = reader
        }

        func next() async throws -> [UInt8]? { try await tee.next(for: reader) }
    }
}
