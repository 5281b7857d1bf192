internal import Concurrency

/// One side of a connection of HTTP/2 over any channel (RFC 9113).
///
/// A stream that nobody reads stops only its own sender. The connection lives as long as ``run()`` does.
package final class HTTP2Connection: Sendable {
    /// The number of bytes that are handed to the channel at once.
    private static let batch = 256 << 10

    private struct Incoming {
        var streams: [HTTP2Stream] = []
        var isOver = false
    }

    private let role: HTTP2Session.Role
    private let channel: any ByteChannel
    /// `nil` once the connection is over.
    private let session: Guarded<HTTP2Session?>
    /// True while there may be something to send.
    private let isPending = Watched(true)
    private let incoming = Watched(Incoming())
    private let lastReceived = Guarded(ContinuousClock.now)
    private let ending = Guarded<HTTP2Error?>(nil)

    package convenience init(clientOn channel: any ByteChannel) throws(HTTP2Error) {
        try self.init(.client, channel)
    }

    package convenience init(serverOn channel: any ByteChannel) throws(HTTP2Error) {
        try self.init(.server, channel)
    }

    private init(_ role: HTTP2Session.Role, _ channel: any ByteChannel) throws(HTTP2Error) {
        self.role = role
        self.channel = channel
        let session = try HTTP2Session(role)
        self.session = Guarded(session)
        if role == .server {
            session.opened = { [weak self] id, fields in
                guard let self else { return nil }
                let stream = HTTP2Stream(id, request: fields, of: self)
                incoming.change { $0.streams.append(stream) }
                return stream
            }
        }
    }

    /// Moves bytes until the connection ends, from either side; then its streams end, and the channel is closed.
    ///
    /// - Returns: The reason for the end.
    @discardableResult
    package func run() async -> HTTP2Error {
        let reason = await withTaskGroup(of: HTTP2Error?.self) { group in
            group.addTask { await self.attempting { try await self.receive() } }
            group.addTask { await self.attempting { try await self.send() } }
            // Whoever ends first ends the other: a connection with one direction is of no use.
            let first = await group.next() ?? nil
            group.cancelAll()
            channel.close()
            return first ?? .lost(reason: "it was closed")
        }
        close(reason)
        return reason
    }

    /// Opens a stream.
    ///
    /// - Throws: ``HTTP2Error`` if the connection is over.
    package func open(_ fields: [HTTP2Field]) throws(HTTP2Error) -> HTTP2Stream {
        let stream = try session.withLock { session throws(HTTP2Error) in
            guard let session else { throw reasonForEnd }
            let stream = HTTP2Stream(try session.open(fields), of: self)
            session.streams[stream.id] = stream
            return stream
        }
        isPending.change { $0 = true }
        return stream
    }

    /// The next stream that the other side has opened; `nil` once the connection is over.
    package func accept() async throws -> HTTP2Stream? {
        try await incoming.wait { incoming -> HTTP2Stream?? in
            if !incoming.streams.isEmpty { return .some(incoming.streams.removeFirst()) }
            return incoming.isOver ? .some(nil) : nil
        }
    }

    /// Answers a stream of the other side with header fields.
    package func respond(to stream: HTTP2Stream, _ fields: [HTTP2Field]) throws(HTTP2Error) {
        try session.withLock { session throws(HTTP2Error) in
            guard let session, session.streams[stream.id] != nil else { throw .reset(code: HTTP2Error.cancel) }
            try session.respond(stream.id, fields)
        }
        isPending.change { $0 = true }
    }

    /// Says that the connection ends. ``run()`` ends as soon as this has been sent.
    package func leave() { perform { $0.leave() } }

    /// Asks the other side for a sign of life.
    package func ping() { perform { $0.ping() } }

    /// The time since something arrived.
    package var silence: Duration { lastReceived.withLock { $0.duration(to: .now) } }

    func resume(_ stream: HTTP2Stream) { perform { $0.resume(stream.id) } }
    func reset(_ stream: HTTP2Stream, _ code: UInt32) { perform { $0.reset(stream.id, code) } }
    func consumed(_ count: Int, of stream: HTTP2Stream) { perform { $0.consumed(count, of: stream.id) } }

    private func perform(_ body: (HTTP2Session) -> Void) {
        session.withLock { session in
            if let session { body(session) }
        }
        isPending.change { $0 = true }
    }

    private var reasonForEnd: HTTP2Error { ending.withLock { $0 } ?? .lost(reason: "it was closed") }

    private func attempting(_ work: () async throws -> HTTP2Error?) async -> HTTP2Error? {
        do {
            return try await work()
        } catch let error as HTTP2Error {
            return error
        } catch {
            return .lost(reason: "\(error)")
        }
    }

    private func receive() async throws -> HTTP2Error? {
        while let bytes = try await channel.read() {
            lastReceived.withLock { $0 = .now }
            let farewell = try session.withLock { session in
                try session?.receive(bytes)
                return session?.farewell
            }
            isPending.change { $0 = true }
            // A client that leaves wants no answers any more.
            if role == .server, farewell != nil { break }
        }
        let farewell = session.withLock { $0?.farewell }
        if let farewell, farewell.code != HTTP2Error.noError {
            return .lost(reason: "the other side ended it with code \(farewell.code) \(farewell.text)")
        }
        return .lost(reason: "the other side ended it")
    }

    private func send() async throws -> HTTP2Error? {
        while true {
            try await isPending.wait { isPending -> Void? in
                guard isPending else { return nil }
                isPending = false
                return ()
            }
            while true {
                let (bytes, isOver) = try session.withLock { session in
                    (try session?.send(atMost: Self.batch) ?? [], session?.isOver ?? true)
                }
                if !bytes.isEmpty { try await channel.write(bytes) }
                if isOver {
                    try await channel.finish()
                    return nil
                }
                if bytes.isEmpty { break }
            }
        }
    }

    private func close(_ reason: HTTP2Error) {
        ending.withLock { $0 = reason }
        let streams = session.withLock { session in
            defer { session = nil }
            return session.map { Array($0.streams.values) } ?? []
        }
        for stream in streams { stream.close(reason) }
        incoming.change { $0.isOver = true }
    }
}
