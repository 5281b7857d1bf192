internal import Concurrency

/// A call, from the side that answers it. One task receives its messages, and one sends those of the answer.
package final class GRPCRequest: Sendable {
    private let stream: HTTP2Stream
    private let connection: HTTP2Connection
    private let framing = Guarded(MessageFraming())
    private let isAnswered = Guarded(false)

    init(_ stream: HTTP2Stream, on connection: HTTP2Connection) {
        self.stream = stream
        self.connection = connection
    }

    /// As in `/package.Service/Method`.
    package var method: String { stream.request[":path"] ?? "" }

    /// The header fields of the request.
    package var metadata: [HTTP2Field] { stream.request }

    /// The next message of the request, or `nil` at its end.
    ///
    /// - Throws: ``HTTP2Error``; ``GRPCStatus`` for a malformed message; `CancellationError`.
    package func next() async throws -> [UInt8]? {
        while true {
            if let message = try framing.withLock({ try $0.next() }) { return message }
            switch try await stream.next() {
            case .data(let bytes): framing.withLock { $0.append(bytes) }
            case .fields: continue
            case nil: return nil
            }
        }
    }

    package func next<Message: ProtobufMessage>(_ type: Message.Type = Message.self) async throws -> Message? {
        try await next().map { bytes in try Message(protobuf: bytes) }
    }

    /// The only message of the request.
    package func only<Message: ProtobufMessage>(_ type: Message.Type = Message.self) async throws -> Message {
        guard let message = try await next(type) else { throw GRPCStatus(.invalidArgument, "the request is empty") }
        return message
    }

    package func send(_ message: some ProtobufMessage) async throws { try await send(message.protobuf) }

    package func send(_ message: [UInt8]) async throws {
        try begin()
        try await stream.send(MessageFraming.frame(message))
    }

    /// Sends the header fields of the answer, unless that has happened.
    package func begin() throws {
        let isFirst = isAnswered.withLock { isAnswered in
            defer { isAnswered = true }
            return !isAnswered
        }
        if isFirst {
            try connection.respond(
                to: stream, [HTTP2Field(":status", "200"), HTTP2Field("content-type", "application/grpc")])
        }
    }

    func finish(_ status: GRPCStatus) throws {
        try begin()
        stream.finish(trailers: status.trailers)
    }

    func reset() { stream.reset() }
}
