internal import CTestKit
internal import Glibc

/// A TCP socket of the loopback interface, closed when nobody holds it any more. Its calls block.
final class Socket: Sendable {
    let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Listens on a free port.
    static func listening() throws(SocketError) -> Socket {
        let socket = try make()
        var address = address(port: 0)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(socket.descriptor, 128) == 0 else { throw SocketError() }
        return socket
    }

    /// Connects to a port.
    static func connected(to port: Int) throws(SocketError) -> Socket {
        let socket = try make()
        var address = address(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw SocketError() }
        socket.sendAtOnce()
        return socket
    }

    /// The port that the socket is bound to.
    var port: Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// The next client, or `nil` when the socket listens no longer.
    func accept() -> Socket? {
        while true {
            let client = ctestkit_accept(descriptor)
            if client >= 0 {
                let socket = Socket(client)
                socket.sendAtOnce()
                return socket
            }
            guard errno == EINTR || errno == ECONNABORTED else { return nil }
        }
    }

    /// What has arrived, waiting for at least one byte; empty at the end.
    func read() throws(SocketError) -> [UInt8] {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, used in
            repeat { count = recv(descriptor, buffer.baseAddress, buffer.count, 0) } while count == -1 && errno == EINTR
            used = max(0, count)
        }
        guard count >= 0 else { throw SocketError() }
        return bytes
    }

    /// Sends everything.
    func write(_ bytes: some Sequence<UInt8>) throws(SocketError) {
        let bytes = ContiguousArray(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno != EINTR {
                throw SocketError()
            }
        }
    }

    /// Ends both directions, which wakes whoever reads, writes or accepts.
    func shutdown() {
        _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Waits until one of two sockets has something to read, or has ended, and says whether each has.
    static func wait(_ first: Socket, _ second: Socket, blocks: Bool = true) -> (Bool, Bool) {
        var polled = [first, second].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while poll(&polled, 2, blocks ? -1 : 0) == -1, errno == EINTR {}
        return (polled[0].revents != 0, polled[1].revents != 0)
    }

    private static func make() throws(SocketError) -> Socket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError() }
        return Socket(descriptor)
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return address
    }

    private func sendAtOnce() {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// The other side is gone, or the kernel refused.
struct SocketError: Error, CustomStringConvertible {
    let description = String(cString: strerror(errno))
}
