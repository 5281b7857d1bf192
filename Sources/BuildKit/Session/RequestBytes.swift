internal import Concurrency
internal import GRPC

/// The bytes that a call carries.
final class RequestBytes: ByteStream {
    private let request: GRPCRequest

    init(_ request: GRPCRequest) {
        self.request = request
    }

    func next() async throws -> [UInt8]? {
        while let message = try await request.next(BytesMessage.self) {
            if !message.data.isEmpty { return message.data }
        }
        return nil
    }
}
