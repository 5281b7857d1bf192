import BuildKit
import Concurrency
import GRPC
import OCI
import Testing

@Suite("A session", .timeLimit(.minutes(5)))
struct SessionTests {
    @Test func `announces what it serves`() async throws {
        let daemon = FakeDaemon { _, request in
            #expect(request.frontend == "dockerfile.v0")
            var response = SolveResponse()
            response.values = ["a": "b"]
            return response
        }
        #expect(try await daemon.build([SecretService { _ in nil }]) == ["a": "b"])
        let fields = daemon.announced.withLock { $0 }
        #expect(fields["x-docker-expose-session-sharedkey"] == "key")
        #expect(
            fields.values("x-docker-expose-session-grpc-method").map { String(decoding: $0, as: UTF8.self) } == [
                "/grpc.health.v1.Health/Check", "/moby.buildkit.secrets.v1.Secrets/GetSecret",
            ])
    }

    @Test func `gives secrets, and says which there are not`() async throws {
        let method = "/moby.buildkit.secrets.v1.Secrets/GetSecret"
        try await FakeDaemon { session, _ in
            let secret = try await session.ask(method, NameMessage("a"), for: BytesMessage.self)
            #expect(secret.data == [1, 2])
            let error = await #expect(throws: GRPCStatus.self) {
                try await session.ask(method, NameMessage("b"), for: BytesMessage.self)
            }
            #expect(error?.code == .notFound)
            let other = await #expect(throws: GRPCStatus.self) {
                try await session.ask("/moby.upload.v1.Upload/Pull", NameMessage("b"), for: BytesMessage.self)
            }
            #expect(other?.code == .unimplemented)
            return SolveResponse()
        }.build([SecretService { $0 == "a" ? [1, 2] : nil }])
    }

    @Test func `connects steps to an agent`() async throws {
        let (agent, far) = try SocketChannel.pair()
        let echo = Task {
            while let piece = try await agent.read() { try await agent.write(piece.reversed()) }
            agent.close()
        }
        let service = AgentService { id in id == "default" ? far : nil }
        try await FakeDaemon { session, _ in
            let call = try session.call(
                "/moby.sshforward.v1.SSH/ForwardAgent", metadata: [HTTP2Field("buildkit.ssh.id", "default")])
            try await call.send(BytesMessage([1, 2, 3]))
            #expect(try await call.next(BytesMessage.self)?.data == [3, 2, 1])
            call.finish()
            #expect(try await call.next() == nil)
            let missing = await #expect(throws: GRPCStatus.self) {
                try await session.ask("/moby.sshforward.v1.SSH/CheckAgent", NameMessage("x"), for: EmptyMessage.self)
            }
            #expect(missing?.code == .notFound)
            return SolveResponse()
        }.build([service])
        try await echo.value
    }

    @Test func `gives credentials, and none where there are none`() async throws {
        let method = "/moby.filesync.v1.Auth/Credentials"
        let service = CredentialService { $0 == "a:1" ? .init(name: "user", secret: "password") : nil }
        try await FakeDaemon { session, _ in
            let known = try await session.ask(method, NameMessage("a:1"), for: GRPCDetail.self)
            #expect(known.type == "user")
            #expect(known.value == Array("password".utf8))
            let unknown = try await session.ask(method, NameMessage("b"), for: GRPCDetail.self)
            #expect(unknown == GRPCDetail())
            return SolveResponse()
        }.build([service])
    }

    @Test func `signs as RFC 8032 has it`() throws {
        // HMAC-SHA-256 of RFC 4231, test case 2, is the seed here.
        let authority = try TokenAuthority(Array("what do ya want for nothing?".utf8), Array("Jefe".utf8))
        #expect(try authority.publicKey.count == 32)
        let signed = try authority.signed([1, 2, 3])
        #expect(signed.count == 67)
        #expect(signed.suffix(3) == [1, 2, 3])
        let other = try TokenAuthority(Array("what do ya want for nothing?".utf8), Array("Jefe".utf8))
        #expect(try other.publicKey == authority.publicKey)
    }

    @Test func `sends uploads`() async throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
        try await FakeDaemon { session, _ in
            let call = try session.call("/moby.upload.v1.Upload/Pull", metadata: [HTTP2Field("urlpath", "/abc")])
            var received: [UInt8] = []
            while let message = try await call.next(BytesMessage.self) { received += message.data }
            #expect(received == large)
            return SolveResponse()
        }.build([UploadService(["abc": { BytesStream(large) }])])
    }

    @Test func `that ends before the build ends that`() async throws {
        let started = Watched(false)
        let error = await #expect(throws: BuildKitError.self) {
            try await FakeDaemon { session, _ in
                session.connection.leave()
                started.change { $0 = true }
                try await Task.sleep(for: .seconds(50))
                return SolveResponse()
            }.build([])
        }
        #expect(error?.isConnectionLoss == true)
        #expect(error?.text.hasPrefix("the session has ended before the build") == true)
    }
}

@Suite("A daemon that has gone silent", .timeLimit(.minutes(5)))
struct SilenceTests {
    @Test func `is noticed, which ends the build`() async throws {
        let (near, far) = try SocketChannel.pair()
        let error = await #expect(throws: BuildKitError.self) {
            try await BuildKitClient.with(near) { client in
                let session = BuildSession(sharedKey: "key", services: [])
                return try await client.build(SolveRequest(), session: session) { _ in }
            }
        }
        #expect(error?.isConnectionLoss == true)
        #expect(error?.text.hasPrefix("the daemon has not answered for 1") == true)
        far.close()
    }
}

@Suite("The state of a build", .timeLimit(.minutes(5)))
struct StatusTests {
    @Test func `is told to its end, also after the build`() async throws {
        let solved = Watched(false)
        var daemon = FakeDaemon { _, _ in
            solved.change { $0 = true }
            return SolveResponse()
        }
        daemon.status = { request in
            _ = try await solved.wait { $0 ? true : nil }
            for number in 0..<100 {
                var update = StatusUpdate()
                var log = VertexLog()
                log.bytes = Array("\(number)".utf8)
                update.logs = [log]
                try await request.send(update)
            }
        }
        let told = Guarded<[String]>([])
        try await daemon.build([]) { update in
            told.withLock { $0 += update.logs.map { String(decoding: $0.bytes, as: UTF8.self) } }
        }
        #expect(told.withLock { $0 } == (0..<100).map { "\($0)" })
    }

    @Test func `need not end by itself`() async throws {
        var daemon = FakeDaemon { _, _ in throw GRPCStatus(.unknown, "network.host is not allowed") }
        daemon.status = { _ in try await Task.sleep(for: .seconds(50)) }
        let error = await #expect(throws: BuildKitError.self) { try await daemon.build([]) }
        #expect(error?.text == "network.host is not allowed")
    }
}
