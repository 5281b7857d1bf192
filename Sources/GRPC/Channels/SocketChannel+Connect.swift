internal import Concurrency
internal import Glibc

extension SocketChannel {
    /// Connects to a socket in the file system.
    ///
    /// - Throws: ``ChannelError``.
    package static func connected(toPath path: String) async throws -> SocketChannel {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw ChannelError("its path is longer than \(room - 1) bytes") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let target = address
        return try await connected(AF_UNIX, within: .seconds(20)) { descriptor in
            withUnsafePointer(to: target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
    }

    /// Connects to a port of a host, by each of its addresses in turn.
    ///
    /// - Parameter limit: The time for each address.
    /// - Throws: ``ChannelError``.
    package static func connected(
        toHost host: String, port: Int, within limit: Duration = .seconds(20)
    ) async throws -> SocketChannel {
        var failure: (any Error)?
        for address in try await addresses(of: host, port: port) {
            do {
                let channel = try await connected(Int32(address.family), within: limit) { descriptor in
                    address.bytes.withUnsafeBytes { bytes in
                        guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
                        return connect(descriptor, start, socklen_t(bytes.count))
                    }
                }
                return channel
            } catch {
                failure = error
                try Task.checkCancellation()
            }
        }
        throw failure ?? ChannelError("the host \(host) has no address")
    }

    private struct Address: Sendable {
        let family: Int
        let bytes: [UInt8]
    }

    private static func addresses(of host: String, port: Int) async throws -> [Address] {
        try await onThread {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, "\(port)", &hints, &list)
            guard code == 0 else {
                return .failure(ChannelError("the host \(host) is not known: \(String(cString: gai_strerror(code)))"))
            }
            defer { freeaddrinfo(list) }
            return .success(
                sequence(first: list, next: { $0?.pointee.ai_next }).compactMap { entry in
                    guard let entry = entry?.pointee else { return nil }
                    let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
                    return Address(family: Int(entry.ai_family), bytes: Array(bytes))
                })
        }
    }

    private static func connected(
        _ family: Int32, within limit: Duration, _ connect: @escaping @Sendable (Int32) -> Int32
    ) async throws -> SocketChannel {
        let number = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw ChannelError(text(errno)) }
        let descriptor = Descriptor(number)
        if family != AF_UNIX { setUp(number) }
        // The limit for connect(2), too; it is lifted again below.
        var time = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        do {
            try await onThread {
                if connect(descriptor.number) == 0 { return .success(()) }
                let isLate = errno == EINPROGRESS || errno == EAGAIN
                return .failure(ChannelError(isLate ? "it did not answer within \(limit)" : text(errno)))
            }
        } catch {
            descriptor.shutDown()
            throw error
        }
        time = timeval()
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        return try SocketChannel(descriptor)
    }

    /// Runs work on a thread of its own. Cancelling the task leaves that thread to itself.
    private static func onThread<Result: Sendable>(
        _ work: @escaping @Sendable () -> Swift.Result<Result, ChannelError>
    ) async throws -> Result {
        let result = Watched<Swift.Result<Result, ChannelError>?>(nil)
        try OwnThread.start {
            let value = work()
            result.change { $0 = value }
        }
        return try await result.wait { $0 }.get()
    }

    /// Sends small pieces at once, and notices after half a minute that a host is gone.
    private static func setUp(_ descriptor: Int32) {
        let options: [(Int32, Int32, Int32)] = [
            (Int32(IPPROTO_TCP), TCP_NODELAY, 1), (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 15),
            (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5), (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3),
        ]
        for (level, name, value) in options {
            var value = value
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
