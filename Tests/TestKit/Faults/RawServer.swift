internal import Concurrency

/// A server that answers requests with any bytes, be they HTTP or not.
package final class RawServer: Sendable {
    /// What is sent to whoever asks.
    package struct Answer: Sendable {
        package enum Ending: Sendable {
            /// The connection ends.
            case closed
            /// These bytes are sent again and again, as long as somebody takes them.
            case endless([UInt8])
            /// Nothing more is sent; the connection stays open.
            case silent
        }

        let bytes: [UInt8]
        let ending: Ending

        package init(_ text: String, then ending: Ending = .closed) {
            bytes = Array(text.utf8)
            self.ending = ending
        }

        /// An answer with headers, given with `\r\n` at each end, and a body.
        package init(status: String = "200 OK", headers: String = "", body: String = "", then ending: Ending = .closed)
        {
            self.init("HTTP/1.1 \(status)\r\n\(headers)\r\n\(body)", then: ending)
        }
    }

    private let count = Guarded<(requests: Int, bytes: Int)>((0, 0))

    /// The requests so far.
    package var requests: Int { count.withLock { $0.requests } }
    /// The bytes that clients have taken.
    package var sentBytes: Int { count.withLock { $0.bytes } }

    /// Runs `body` with such a server, given as `127.0.0.1:PORT`.
    ///
    /// - Parameter answer: The answer for a method and target; `nil` for a 404.
    package static func with<Result>(
        _ answer: @escaping @Sendable (_ method: String, _ target: String) -> Answer?,
        _ body: (_ host: String, RawServer) async throws -> Result
    ) async throws -> Result {
        let raw = RawServer()
        let server = try LoopbackServer { client in try? raw.serve(client, answer) }
        defer { server.stop() }
        return try await body("127.0.0.1:\(server.port)", raw)
    }

    private func serve(_ client: Socket, _ answer: (String, String) -> Answer?) throws {
        let reader = HTTPReader(client)
        while let head = try reader.head() {
            count.withLock { $0.requests += 1 }
            guard let answer = answer(head.method, head.target) else {
                try client.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8)
                continue
            }
            try client.write(answer.bytes)
            switch answer.ending {
            case .closed:
                client.shutdown()
                return
            case .endless(let bytes):
                while true {
                    try client.write(bytes)
                    count.withLock { $0.bytes += bytes.count }
                }
            case .silent:
                while try !client.read().isEmpty {}
                return
            }
        }
    }
}
