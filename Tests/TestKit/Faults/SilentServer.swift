/// A server that accepts connections and never says a word.
package final class SilentServer: Sendable {
    private let socket: Socket

    package init() throws { socket = try Socket.listening() }

    /// Of 127.0.0.1.
    package var port: Int { socket.port }
}
