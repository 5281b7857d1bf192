internal import Concurrency
internal import HTTP
internal import OCI

/// The content of a blob from a registry. When the connection breaks, it requests the rest (distribution-spec, "Pulling
/// blobs").
final class RegistryBlobStream: ByteStream {
    private struct State {
        var body: HTTPBody?
        var position: Int64
        /// The number of bytes that the registry sends although they were not requested.
        var surplus: Int64 = 0
        /// The attempts left; restarts with every byte received.
        var budget: RetryBudget?
    }

    private let request: RegistryRequest
    private let descriptor: Descriptor
    private let host: RegistryHost
    private let state: Guarded<State>

    init(_ request: RegistryRequest, _ descriptor: Descriptor, _ host: RegistryHost, _ offset: Int64) {
        self.request = request
        self.descriptor = descriptor
        self.host = host
        state = Guarded(State(position: offset))
    }

    func open() async throws {
        let position = state.withLock { $0.position }
        var request = request
        if position > 0 { request.headers["Range"] = "bytes=\(position)-" }
        let response = try await host.send(request)
        switch response.status {
        case 206 where position > 0: state.withLock { ($0.body, $0.surplus) = (response.body, 0) }
        case 200: state.withLock { ($0.body, $0.surplus) = (response.body, position) }
        default: throw await host.refusal(of: request, response)
        }
    }

    func next() async throws -> [UInt8]? {
        while true {
            guard let body = state.withLock({ $0.body }) else { return nil }
            do {
                guard let piece = try await body.next() else {
                    state.withLock { $0.body = nil }
                    return nil
                }
                if let wanted = take(piece) { return wanted }
            } catch let error as HTTPError {
                try await reopen(after: error)
            }
        }
    }

    /// Drops bytes that were not requested.
    private func take(_ piece: [UInt8]) -> [UInt8]? {
        state.withLock { state in
            let skipped = min(Int64(piece.count), state.surplus)
            state.surplus -= skipped
            guard skipped < piece.count else { return nil }
            state.position += Int64(piece.count) - skipped
            state.budget = nil
            return skipped == 0 ? piece : Array(piece[Int(skipped)...])
        }
    }

    private func reopen(after error: HTTPError) async throws {
        let (pause, position) = state.withLock { state in
            var budget = state.budget ?? RetryBudget(host.retry.policy)
            let pause = error.kind == .truncated ? budget.pause() : nil
            (state.budget, state.body) = (budget, nil)
            return (pause, state.position)
        }
        guard let pause, position < descriptor.size else {
            throw ImageError(
                .interrupted, request.attempt, "\(error.reason) after \(position) of \(descriptor.size) bytes")
        }
        host.retry.noteRetry(error.reason, pause)
        try await Task.sleep(for: pause)
        try await open()
    }
}
