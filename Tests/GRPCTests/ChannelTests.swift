import GRPC
import TestKit
import Testing

@Suite("A channel", .timeLimit(.minutes(5)))
struct ChannelTests {
    @Test func `carries bytes in both directions, and ends each of them`() async throws {
        let (one, other) = try SocketChannel.pair()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        async let sent: Void = {
            try await one.write(bytes)
            try await one.finish()
        }()
        var received: [UInt8] = []
        while let piece = try await other.read() { received += piece }
        try await sent
        #expect(received == bytes)
        try await other.write([1])
        #expect(try await one.read() == [1])
        other.close()
        #expect(try await one.read() == nil)
    }

    @Test func `says why there is no connection`() async throws {
        let missing = await #expect(throws: ChannelError.self) {
            try await SocketChannel.connected(toPath: "/no/socket")
        }
        #expect(missing?.reason == "No such file or directory")
        let refused = await #expect(throws: ChannelError.self) {
            try await SocketChannel.connected(toHost: "127.0.0.1", port: 1)
        }
        #expect(refused?.reason == "Connection refused")
        let unknown = await #expect(throws: ChannelError.self) {
            try await SocketChannel.connected(toHost: "no.such.host.invalid", port: 1)
        }
        #expect(unknown?.reason.hasPrefix("the host no.such.host.invalid is not known") == true)
        await #expect(throws: ChannelError.self) {
            try await SocketChannel.connected(toPath: "/" + String(repeating: "x", count: 200))
        }
    }

    @Test func `wakes who reads when it is closed, or the task cancelled`() async throws {
        let (one, other) = try SocketChannel.pair()
        let reading = Task { try await one.read() }
        one.close()
        await #expect(throws: ChannelError.self) { try await reading.value }
        let (third, fourth) = try SocketChannel.pair()
        let waiting = Task { try await third.read() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        withExtendedLifetime((other, fourth)) {}
    }

    @Test func `is the input and output of a program`() async throws {
        let echoed = try await ProgramChannel.with(["cat"]) { channel in
            try await channel.write(Array("hello".utf8))
            try await channel.finish()
            var received: [UInt8] = []
            while let piece = try await channel.read() { received += piece }
            return String(decoding: received, as: UTF8.self)
        }
        #expect(echoed == "hello")
    }

    @Test func `of a program that never speaks has its errors`() async throws {
        let error = await #expect(throws: ChannelError.self) {
            try await ProgramChannel.with(["sh", "-c", "echo no such container >&2; echo really >&2; exit 1"]) {
                channel in
                try await channel.read()
            }
        }
        #expect(error?.reason == "sh says: no such container; really")
        await #expect(throws: (any Error).self) { try await ProgramChannel.with(["no-such-program"]) { _ in } }
    }

    @Test func `ends its program, and what that has started`() async throws {
        let pid = try await ProgramChannel.with(["sh", "-c", "trap '' TERM; echo $$; sleep 1000"]) { channel in
            String(decoding: try await channel.read() ?? [], as: UTF8.self)
        }
        let left = try await Tool("ps").run("-o", "args=", "-g", pid.replacing("\n", with: ""))
        #expect(left.output == "")
    }

    @Test func `reaches the inside of a Docker engine`() async throws {
        let frame: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        let answer =
            Array("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".utf8) + frame
        for split in 1..<answer.count {
            let (near, far) = try SocketChannel.pair()
            let engine = Task {
                let request = try await far.read() ?? []
                try await far.write(Array(answer[..<split]))
                await Task.yield()
                try await far.write(Array(answer[split...]))
                try await far.finish()
                return String(decoding: request, as: UTF8.self)
            }
            let channel = try await DockerUpgrade.upgrade(near)
            var received: [UInt8] = []
            while let piece = try await channel.read() { received += piece }
            #expect(received == frame)
            #expect(try await engine.value.hasPrefix("POST /grpc HTTP/1.1\r\n"))
        }
    }

    @Test(arguments: [
        (
            "HTTP/1.1 500 Internal Server Error\r\n\r\n{}",
            "the engine offers no BuildKit; it answers HTTP/1.1 500 Internal Server Error"
        ),
        ("\0\0\u{6}\u{4}", "this is no Docker engine"), ("", "the engine closed the connection"),
        ("HTTP/1.1 101", "the engine broke off in its answer"),
    ])
    func `says what is wrong with an engine`(answer: String, reason: String) async throws {
        let (near, far) = try SocketChannel.pair()
        try await far.write(Array(answer.utf8))
        try await far.finish()
        let error = await #expect(throws: ChannelError.self) { try await DockerUpgrade.upgrade(near) }
        #expect(error?.reason == reason)
    }
}
