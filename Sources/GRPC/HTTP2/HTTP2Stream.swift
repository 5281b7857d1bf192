internal import Concurrency

/// One exchange of a connection: header fields, then bytes, then trailers, in each direction.
package final class HTTP2Stream: Sendable {
    /// The received data.
    package enum Event: Sendable, Hashable {
        /// The header fields, or the trailers.
        case fields([HTTP2Field])
        case data([UInt8])
    }

    private struct Inbox {
        var events: [Event] = []
        /// The number of events at the front that have been taken.
        var taken = 0
        var ending: Result<Void, HTTP2Error>?

        mutating func take() throws -> Event?? {
            if taken < events.count {
                defer {
                    taken += 1
                    if taken == events.count {
                        events.removeAll(keepingCapacity: true)
                        taken = 0
                    }
                }
                return .some(events[taken])
            }
            try ending?.get()
            return ending == nil ? nil : .some(nil)
        }
    }

    /// The data to send.
    struct Outbox {
        var pieces: [[UInt8]] = []
        /// The number of pieces at the front that have been sent, and of bytes of the one after them.
        var sent = 0
        var offset = 0
        var count = 0
        var isFinished = false
        var trailers: [HTTP2Field]?
        var failure: HTTP2Error?
    }

    /// The number of bytes that wait to be sent before ``send(_:)`` waits, too.
    private static let capacity = 256 << 10

    package let id: Int32
    /// The header fields of a request from the other side.
    package let request: [HTTP2Field]
    private let connection: HTTP2Connection
    private let inbox = Watched(Inbox())
    let outbox = Watched(Outbox())

    init(_ id: Int32, request: [HTTP2Field] = [], of connection: HTTP2Connection) {
        self.id = id
        self.request = request
        self.connection = connection
    }

    /// The next event, or `nil` at the end. One task calls this; the other side may send as much again as was taken.
    ///
    /// - Throws: ``HTTP2Error``; `CancellationError`.
    package func next() async throws -> Event? {
        let event = try await inbox.wait { try $0.take() }
        if case .data(let bytes) = event { connection.consumed(bytes.count, of: self) }
        return event
    }

    /// Sends bytes, waiting while enough others wait to be sent.
    ///
    /// - Throws: ``HTTP2Error`` if the stream has ended; `CancellationError`.
    package func send(_ bytes: [UInt8]) async throws {
        try await outbox.wait { outbox -> Void? in
            if let failure = outbox.failure { throw failure }
            guard outbox.count < Self.capacity else { return nil }
            if !bytes.isEmpty { outbox.pieces.append(bytes) }
            outbox.count += bytes.count
            return ()
        }
        connection.resume(self)
    }

    /// Ends the sending direction after what has been sent, with trailers if there are any.
    package func finish(trailers: [HTTP2Field]? = nil) {
        outbox.change { outbox in
            if outbox.isFinished { return }
            outbox.isFinished = true
            outbox.trailers = trailers
        }
        connection.resume(self)
    }

    /// Ends the stream in both directions.
    package func reset(_ code: UInt32 = HTTP2Error.cancel) {
        connection.reset(self, code)
        close(.reset(code: code))
    }

    func receive(_ event: Event) { inbox.change { $0.events.append(event) } }

    func endInput() {
        inbox.change { inbox in
            if inbox.ending == nil { inbox.ending = .success(()) }
        }
    }

    func close(_ error: HTTP2Error) {
        inbox.change { inbox in
            if inbox.ending == nil { inbox.ending = .failure(error) }
        }
        outbox.change { outbox in
            if outbox.failure == nil { outbox.failure = error }
        }
    }
}

extension HTTP2Stream.Outbox {
    /// Moves bytes into the buffer.
    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var copied = 0
        while copied < buffer.count, sent < pieces.count {
            let amount = min(buffer.count - copied, pieces[sent].count - offset)
            pieces[sent].withUnsafeBytes { piece in
                UnsafeMutableRawBufferPointer(rebasing: buffer[copied...])
                    .copyMemory(from: .init(rebasing: piece[offset..<offset + amount]))
            }
            copied += amount
            offset += amount
            if offset == pieces[sent].count {
                pieces[sent] = []
                sent += 1
                offset = 0
            }
        }
        if sent == pieces.count {
            pieces.removeAll(keepingCapacity: true)
            sent = 0
        }
        count -= copied
        return copied
    }
}
