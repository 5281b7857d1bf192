/// Reaches the BuildKit inside a Docker engine over a connection to the engine's API.
package enum DockerUpgrade {
    private static let request = "POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    private static let endOfHead = Array("\r\n\r\n".utf8)
    /// Of the answer's head, in bytes.
    private static let limit = 64 << 10

    /// Turns a connection of HTTP/1.1 into one of HTTP/2.
    ///
    /// - Throws: ``ChannelError`` with what the engine answered instead.
    package static func upgrade(_ channel: any ByteChannel) async throws -> any ByteChannel {
        // Nothing may follow the request until it has been answered: the engine would lose that.
        try await channel.write(Array(request.utf8))
        var received: [UInt8] = []
        while true {
            if let end = received.firstRange(of: endOfHead)?.upperBound {
                let head = String(decoding: received[..<end], as: UTF8.self)
                let line = head.prefix { $0 != "\r\n" }
                guard line.split(separator: " ").dropFirst().first == "101" else {
                    throw ChannelError("the engine offers no BuildKit; it answers \(line)")
                }
                return PrefixedChannel(Array(received[end...]), channel)
            }
            guard received.count < limit else { throw ChannelError("this is no Docker engine: its answer has no end") }
            guard let piece = try await channel.read() else {
                throw ChannelError(
                    received.isEmpty ? "the engine closed the connection" : "the engine broke off in its answer")
            }
            received += piece
            // BuildKit itself begins with a frame of HTTP/2.
            guard received.starts(with: Array("HTTP/".utf8).prefix(received.count)) else {
                throw ChannelError("this is no Docker engine")
            }
        }
    }
}
