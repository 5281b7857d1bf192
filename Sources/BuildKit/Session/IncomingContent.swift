internal import Concurrency
internal import GRPC
internal import OCI

/// A blob that a daemon writes. Each of its messages is answered as soon as somebody wants the next bytes.
final class IncomingContent: ByteStream {
    private struct State {
        var next: ContentWriteRequest?
        var offset: Int64 = 0
        var total: Int64?
        var isCommitted = false
    }

    private let request: GRPCRequest
    private let state = Guarded(State())

    init(_ request: GRPCRequest) {
        self.request = request
    }

    /// In bytes; `nil` if the daemon has not said so.
    var total: Int64? { state.withLock { $0.total } }

    /// Reads the first message.
    ///
    /// - Returns: The digest that the blob is to have.
    func begin() async throws -> Digest? {
        guard let first = try await request.next(ContentWriteRequest.self) else { return nil }
        state.withLock { state in
            state.next = first
            state.total = first.total > 0 ? first.total : nil
        }
        return try? Digest(first.expected)
    }

    func next() async throws -> [UInt8]? {
        while !state.withLock({ $0.isCommitted }) {
            let held = state.withLock { state in
                defer { state.next = nil }
                return state.next
            }
            var message = held
            if message == nil { message = try await request.next(ContentWriteRequest.self) }
            guard let message else { throw GRPCStatus(.cancelled, "the daemon writes no more") }
            let offset = try state.withLock { state throws(GRPCStatus) in
                if message.action == .commit { state.isCommitted = true }
                guard message.data.isEmpty || message.offset == state.offset else {
                    throw GRPCStatus(.failedPrecondition, "\(message.offset) is not \(state.offset)")
                }
                state.offset += Int64(message.data.count)
                return state.offset
            }
            // A commit is answered when the blob is stored.
            if message.action != .commit { try await answer(message.action, offset, digest: "") }
            if !message.data.isEmpty { return message.data }
        }
        return nil
    }

    /// Says that the blob is stored.
    func finish(_ digest: Digest) async throws {
        while try await next() != nil {}
        try await answer(.commit, state.withLock { $0.offset }, digest: digest.description)
    }

    private func answer(_ action: ContentWriteRequest.Action, _ offset: Int64, digest: String) async throws {
        var response = ContentWriteResponse()
        (response.action, response.offset, response.total, response.digest) = (action, offset, total ?? 0, digest)
        try await request.send(response)
    }
}
