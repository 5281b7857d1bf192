internal import Concurrency

/// A call, from the side that makes it. One task sends its messages, and one receives those of the answer.
package final class GRPCCall: Sendable {
    private struct Answer {
        var framing = MessageFraming()
        /// The header fields, once they have been received.
        var head: [HTTP2Field]?
        var trailers: [HTTP2Field]?
    }

    private let stream: HTTP2Stream
    private let answer = Guarded(Answer())

    init(_ stream: HTTP2Stream) {
        self.stream = stream
    }

    package func send(_ message: some ProtobufMessage) async throws { try await send(message.protobuf) }

    package func send(_ message: [UInt8]) async throws { try await stream.send(MessageFraming.frame(message)) }

    /// Ends the messages of this side.
    package func finish() { stream.finish() }

    /// Ends the call at once.
    package func cancel() { stream.reset() }

    /// The header fields of the answer.
    package func head() async throws -> [HTTP2Field] {
        while true {
            if let head = answer.withLock({ $0.head }) { return head }
            guard try await receive() else { return [] }
        }
    }

    /// The next message of the answer, or `nil` at its end.
    ///
    /// - Throws: ``GRPCStatus``; `CancellationError`.
    package func next() async throws -> [UInt8]? {
        while true {
            if let message = try answer.withLock({ try $0.framing.next() }) { return message }
            guard try await receive() else {
                try check()
                return nil
            }
        }
    }

    package func next<Message: ProtobufMessage>(_ type: Message.Type = Message.self) async throws -> Message? {
        try await next().map { bytes in try Message(protobuf: bytes) }
    }

    /// - Returns: False at the end of the answer.
    private func receive() async throws -> Bool {
        let event: HTTP2Stream.Event?
        do {
            event = try await stream.next()
        } catch let error as HTTP2Error {
            // Data from before a reset counts.
            if answer.withLock({ $0.trailers != nil }) { return false }
            throw GRPCStatus(error)
        }
        switch event {
        case .fields(let fields):
            answer.withLock { answer in
                if answer.head == nil { answer.head = fields }
                if fields.contains(where: { $0.name == "grpc-status" }) { answer.trailers = fields }
            }
        case .data(let bytes): answer.withLock { $0.framing.append(bytes) }
        case nil: return false
        }
        return true
    }

    private func check() throws(GRPCStatus) {
        let (head, trailers) = answer.withLock { ($0.head ?? [], $0.trailers) }
        guard let status = trailers.flatMap(GRPCStatus.init(trailers:)) else {
            let code = head[":status"] ?? "none"
            throw GRPCStatus(.unknown, "the answer is not one of gRPC; its HTTP status is \(code)")
        }
        if status.code != .ok { throw status }
    }
}
