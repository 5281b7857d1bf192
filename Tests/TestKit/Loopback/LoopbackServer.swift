internal import Concurrency
internal import Foundation

/// Accepts connections on a free port of 127.0.0.1 and serves each on a thread of its own.
final class LoopbackServer: Sendable {
    private struct State {
        var connections: [Int: Socket] = [:]
        var count = 0
        var stopped = false
    }

    let port: Int
    private let listener: Socket
    private let state = Guarded(State())

    /// - Parameter serve: Talks with one client; the connection is closed when it returns.
    init(serve: @escaping @Sendable (Socket) -> Void) throws {
        listener = try Socket.listening()
        port = listener.port
        Thread.detachNewThread { [listener, state] in
            while let client = listener.accept() {
                guard let number = Self.enter(client, state) else { return }
                Thread.detachNewThread {
                    serve(client)
                    state.withLock { $0.connections[number] = nil }
                }
            }
        }
    }

    /// Stops listening and ends every connection.
    func stop() {
        listener.shutdown()
        let connections = state.withLock { state in
            state.stopped = true
            return Array(state.connections.values)
        }
        for connection in connections { connection.shutdown() }
    }

    private static func enter(_ client: Socket, _ state: Guarded<State>) -> Int? {
        state.withLock { state in
            guard !state.stopped else { return nil }
            state.count += 1
            state.connections[state.count] = client
            return state.count
        }
    }
}
