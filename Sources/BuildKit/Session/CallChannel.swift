internal import GRPC

/// The messages of a call as a channel.
final class CallChannel: ByteChannel {
    private static let pieceSize = 32 << 10

    private let call: GRPCCall

    init(_ call: GRPCCall) {
        self.call = call
    }

    func read() async throws -> [UInt8]? {
        while let message = try await call.next(BytesMessage.self) {
            if !message.data.isEmpty { return message.data }
        }
        return nil
    }

    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try await call.send(BytesMessage(Array(rest.prefix(Self.pieceSize))))
            rest = rest.dropFirst(Self.pieceSize)
        }
    }

    func finish() async throws { call.finish() }

    func close() { call.cancel() }
}
