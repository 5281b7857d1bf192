package import Concurrency
internal import Glibc

/// A connected stream socket, closed when the channel is. Two threads of its own move the bytes.
package final class SocketChannel: ByteChannel {
    /// The descriptor, closed after its last use.
    final class Descriptor: Sendable {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { Glibc.close(number) }

        /// Ends both directions, which wakes all calls that wait for it.
        func shutDown() { shutdown(number, Int32(SHUT_RDWR)) }
    }

    private static let pieceSize = 256 << 10

    private let socket: Descriptor
    private let received = BytePipe()
    private let sent = BytePipe()

    /// Takes ownership of a connected socket.
    ///
    /// - Throws: ``OwnThread/Refused``.
    package convenience init(adopting descriptor: Int32) throws(OwnThread.Refused) {
        try self.init(Descriptor(descriptor))
    }

    init(_ socket: Descriptor) throws(OwnThread.Refused) {
        self.socket = socket
        let bells = [received, sent].map { pipe in
            let bell = BlockingQueue<Void>(capacity: 1)
            pipe.onWake { bell.offer(()) }
            return bell
        }
        do {
            try OwnThread.start { [socket, received] in Self.receive(from: socket, into: received, bells[0]) }
            try OwnThread.start { [socket, sent] in Self.send(sent, to: socket, bells[1]) }
        } catch {
            close()
            throw error
        }
    }

    /// Two channels that are connected to each other.
    ///
    /// - Throws: ``ChannelError``; ``OwnThread/Refused``.
    package static func pair() throws -> (SocketChannel, SocketChannel) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ChannelError(text(errno))
        }
        let (one, other) = (Descriptor(ends[0]), Descriptor(ends[1]))
        return (try SocketChannel(one), try SocketChannel(other))
    }

    deinit { close() }

    package func read() async throws -> [UInt8]? { try await received.next() }

    package func write(_ bytes: [UInt8]) async throws {
        do {
            try await sent.send(bytes)
        } catch is PipeClosed {
            throw ChannelError.closed
        }
    }

    package func finish() async throws { sent.finish() }

    package func close() {
        received.finish(.failure(ChannelError.closed))
        sent.finish(.failure(ChannelError.closed))
        socket.shutDown()
    }

    private static func receive(from socket: Descriptor, into pipe: BytePipe, _ bell: BlockingQueue<Void>) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = recv(socket.number, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                while !pipe.offer(piece) { _ = bell.take() }
            } else if count == 0 {
                return pipe.finish()
            } else if errno != EINTR {
                return pipe.finish(.failure(ChannelError(text(errno))))
            }
        }
    }

    private static func send(_ pipe: BytePipe, to socket: Descriptor, _ bell: BlockingQueue<Void>) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            switch pipe.take(into: buffer) {
            case .bytes(let count):
                var written = 0
                while written < count {
                    let sent = Glibc.send(
                        socket.number, buffer.baseAddress?.advanced(by: written), count - written, Int32(MSG_NOSIGNAL))
                    if sent >= 0 {
                        written += sent
                    } else if errno != EINTR {
                        return pipe.finish(.failure(ChannelError(text(errno))))
                    }
                }
            case .empty: _ = bell.take()
            case .end:
                shutdown(socket.number, Int32(SHUT_WR))
                return
            case .failed: return
            }
        }
    }

    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
