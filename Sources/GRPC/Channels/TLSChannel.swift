internal import CTLS
internal import Concurrency

/// A channel inside TLS on another one. The server's certificate is verified, and HTTP/2 is offered.
package final class TLSChannel: ByteChannel {
    private static let room = 64 << 10

    /// The connection's state. Its owner orders all calls.
    private final class State {
        let connection: OpaquePointer

        init(_ connection: OpaquePointer) {
            self.connection = connection
        }

        deinit { ctls_free(connection) }

        var failure: ChannelError { ChannelError(String(cString: ctls_error(connection))) }

        func drain() -> [UInt8] {
            var bytes: [UInt8] = []
            while true {
                let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                    count = Int(ctls_drain(connection, buffer.baseAddress, buffer.count))
                }
                if piece.isEmpty { return bytes }
                bytes += piece
            }
        }
    }

    private let channel: any ByteChannel
    private let state: Guarded<State>
    /// Records are sent one after the other, in the order in which they were encrypted.
    private let order = AsyncLimiter(limit: 1)

    /// Shakes hands on a channel.
    ///
    /// - Throws: ``ChannelError`` if a certificate cannot be used, or the server's is not accepted.
    package static func client(on channel: any ByteChannel, as identity: TLSIdentity) async throws -> TLSChannel {
        var error = [CChar](repeating: 0, count: 256)
        let connection = ctls_client(
            identity.serverName, identity.authorities, identity.certificate, identity.key, &error)
        guard let connection else {
            let bytes = error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw ChannelError("the certificates cannot be used: \(String(decoding: bytes, as: UTF8.self))")
        }
        let made = TLSChannel(channel, State(connection))
        try await made.shakeHands()
        return made
    }

    private init(_ channel: any ByteChannel, _ state: sending State) {
        self.channel = channel
        self.state = Guarded(state)
    }

    package func read() async throws -> [UInt8]? {
        while true {
            let (bytes, code) = state.withLock { state in
                var code: Int32 = 0
                let bytes = [UInt8](unsafeUninitializedCapacity: Self.room) { buffer, count in
                    code = ctls_read(state.connection, buffer.baseAddress, buffer.count)
                    count = max(0, Int(code))
                }
                return (bytes, code)
            }
            if !bytes.isEmpty { return bytes }
            try await flush()
            switch code {
            case Int32(ctls_wants_input): if try await !feed() { return nil }
            case Int32(ctls_ended): return nil
            default: throw state.withLock { $0.failure }
            }
        }
    }

    package func write(_ bytes: [UInt8]) async throws {
        try state.withLock { state throws(ChannelError) in
            var written = 0
            while written < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    ctls_write(state.connection, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                }
                guard count > 0 else { throw state.failure }
                written += Int(count)
            }
        }
        try await flush()
    }

    package func finish() async throws {
        state.withLock { ctls_finish($0.connection) }
        try await flush()
        try await channel.finish()
    }

    package func close() { channel.close() }

    private func shakeHands() async throws {
        while true {
            let code = state.withLock { ctls_handshake($0.connection) }
            try await flush()
            switch code {
            case 0: return
            case Int32(ctls_wants_input):
                if try await !feed() { throw ChannelError("the server closed the connection instead of shaking hands") }
            default: throw state.withLock { $0.failure }
            }
        }
    }

    /// - Returns: False if the other side sends nothing more.
    private func feed() async throws -> Bool {
        guard let bytes = try await channel.read() else { return false }
        state.withLock { state in
            bytes.withUnsafeBytes { ctls_feed(state.connection, $0.baseAddress, $0.count) }
        }
        return true
    }

    private func flush() async throws {
        try await order.run {
            let bytes = state.withLock { $0.drain() }
            if !bytes.isEmpty { try await channel.write(bytes) }
        }
    }
}
