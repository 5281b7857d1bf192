import GRPC
import Testing

@Suite("A call", .timeLimit(.minutes(5)))
struct CallTests {
    @Test func `brings answers in order, and carries both directions at once`() async throws {
        try await withPair { request in
            while let message = try await request.next() { try await request.send(message.reversed()) }
        } _: { client in
            let call = try client.call("/a.B/Echo")
            for number in 0..<200 {
                try await call.send([UInt8](repeating: UInt8(number), count: number * 100) + [7])
                #expect(try await call.next()?.first == 7)
            }
            call.finish()
            #expect(try await call.next() == nil)
        }
    }

    @Test func `fails with the status, text and details of the other side`() async throws {
        try await withPair { request in
            throw GRPCStatus(.notFound, "nothing of 100 % \n ünique ")
        } _: { client in
            let error = await #expect(throws: GRPCStatus.self) {
                try await client.ask("/a.B/C", EmptyMessage(), for: EmptyMessage.self)
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "nothing of 100 % \n ünique ")
        }
    }

    @Test func `carries header fields, of which some appear more than once`() async throws {
        try await withPair { request in
            #expect(request.method == "/a.B/C")
            #expect(request.metadata.values("x") == [Array("1,2".utf8), Array("3".utf8)])
            try await request.send(EmptyMessage())
        } _: { client in
            let fields = [HTTP2Field("x", "1,2"), HTTP2Field("x", "3")]
            _ = try await client.ask("/a.B/C", EmptyMessage(), metadata: fields, for: EmptyMessage.self)
        }
    }

    @Test func `ends on both sides when its task is cancelled`() async throws {
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        try await withPair { request in
            end.yield(true)
            do {
                while try await request.next() != nil {}
                try request.begin()
                while true { try await request.send([UInt8](repeating: 0, count: 1 << 16)) }
            } catch {
                end.yield(error is HTTP2Error)
                throw error
            }
        } _: { client in
            let task = Task {
                try await client.ask("/a.B/C", EmptyMessage(), for: EmptyMessage.self) { _ in
                    try await Task.sleep(for: .seconds(60))
                }
            }
            var received = ends.makeAsyncIterator()
            #expect(await received.next() == true)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await received.next() == true)
        }
    }

    @Test func `is not held up by another one that nobody reads`() async throws {
        try await withPair { request in
            if request.method == "/a.B/Flood" {
                while true { try await request.send([UInt8](repeating: 1, count: 1 << 20)) }
            }
            try await request.send(EmptyMessage())
        } _: { client in
            let floods = try (0..<70).map { _ in try client.call("/a.B/Flood") }
            for flood in floods { _ = try await flood.next() }
            for _ in 0..<50 { _ = try await client.ask("/a.B/C", EmptyMessage(), for: EmptyMessage.self) }
            for flood in floods { flood.cancel() }
        }
    }

    @Test(arguments: [100, 60_000, 400_000])
    func `fails with a text of any length`(count: Int) async throws {
        let text = String(repeating: "abcdefghijklmnopqrstuvwxyzü\n\u{1}ABC", count: count / 33)
        try await withPair { _ in
            throw GRPCStatus(.unknown, text)
        } _: { client in
            for _ in 0..<3 {
                let error = await #expect(throws: GRPCStatus.self) {
                    try await client.ask("/a.B/C", EmptyMessage(), for: EmptyMessage.self)
                }
                #expect(error?.message == text)
            }
        }
    }

    @Test func `ends with an error when the connection does`() async throws {
        let (near, far) = try SocketChannel.pair()
        let connection = try HTTP2Connection(clientOn: near)
        let run = Task { await connection.run() }
        let call = try GRPCClient(connection).call("/a.B/C")
        far.close()
        let error = await #expect(throws: GRPCStatus.self) { try await call.next() }
        #expect(error?.code == .unavailable)
        _ = await run.value
        #expect(throws: GRPCStatus.self) { try GRPCClient(connection).call("/a.B/C") }
    }

    @Test func `survives thousands of pings`() async throws {
        try await withPair { request in
            try await request.send(EmptyMessage())
        } _: { client in
            for _ in 0..<20_000 { client.connection.ping() }
            _ = try await client.ask("/a.B/C", EmptyMessage(), for: EmptyMessage.self)
        }
    }
}
