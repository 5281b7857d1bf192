import OCI
import Registry
import TestKit
import Testing

@Suite("A registry with passwords")
struct AuthorizationBasicTests {
    private static let image = TestImage()
    private static let ann = Credential.password(user: "ann", password: "s3cret:ü")

    private func with(
        _ faults: [Fault] = [], _ body: (FaultProxy) async throws -> Void
    ) async throws {
        try await RegistryServer.with(.basic(user: "ann", password: "s3cret:ü")) { registry in
            try registry.put(Self.image, in: "app", tag: "v1")
            try await FaultProxy.with(registry, faults) { try await body($0) }
        }
    }

    @Test func `gets the password when it asks for it, and then at once`() async throws {
        try await with { proxy async throws in
            let repository = try Client(credential: Self.ann).repository(proxy.host, "app")
            _ = try await repository.resolve(.tag("v1"))
            _ = try await repository.manifest(.tag("v1"))
            _ = try await repository.put(MemorySource.content([1, 2, 3]), mountingFrom: nil)
            #expect(
                proxy.exchanges.map { $0.header("Authorization") == nil } == [true] + Array(repeating: false, count: 5))
        }
    }

    @Test(
        "refuses who has none, or a wrong one, and the message has no secret in it",
        arguments: [
            nil, Credential.password(user: "ann", password: "wr0ng"), .password(user: "bob", password: "wr0ng"),
            .identityToken("wr0ng"), .registryToken("wr0ng"),
        ])
    func refuses(credential: Credential?) async throws {
        try await with { proxy async throws in
            let client = try Client(credential: credential)
            let repository = try client.repository(proxy.host, "app")
            for work in [
                { _ = try await repository.resolve(.tag("v1")) }, { _ = try await repository.manifest(.tag("v1")) },
                { _ = try await repository.tags() },
                { try await repository.put(ManifestContent(Self.image), as: .tag("x")) },
                { _ = try await repository.put(MemorySource.content([9]), mountingFrom: nil) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: ImageError.self) { try await work() }
                #expect(error?.code == .denied)
                #expect(error?.reason.contains("401 unauthorized") == true)
                #expect(error?.advice?.contains("imgtool login \(proxy.host)") == true)
                #expect(error?.description.contains("wr0ng") == false)
                if case .password(let user, _) = credential {
                    #expect(error?.reason.hasPrefix("the user name \(user) or the password is wrong: ") == true)
                }
            }
            // Who is logging in is not told to log in.
            let error = await #expect(throws: ImageError.self) {
                try await client.registries.checkLogin(to: proxy.host)
            }
            #expect(error?.code == .denied && error?.advice == nil)
            #expect(!client.trace.contains("wr0ng") && !client.trace.contains("YW5u") && !client.trace.contains("Ym9i"))
        }
    }

    @Test func `shows nobody the password in a trace`() async throws {
        try await with { proxy async throws in
            let client = try Client(credential: Self.ann)
            try await client.registries.checkLogin(to: proxy.host)
            #expect(client.trace.contains("authorization: Basic ***"))
            #expect(!client.trace.contains("s3cret"))
            #expect(!client.trace.contains("YW5uOn"))
        }
    }

    @Test(
        "may offer several ways",
        arguments: [
            #"Negotiate, Basic realm="a, b""#, #"Digest realm="x", nonce="y", Basic realm="z""#,
        ])
    func severalWays(challenge: String) async throws {
        try await with([Fault(.rewriteHeader("WWW-Authenticate", challenge))]) { proxy async throws in
            let repository = try Client(credential: Self.ann).repository(proxy.host, "app")
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
        }
    }

    @Test func `may tell how on its front door only`() async throws {
        let silent = Fault(.status(401)) { $0.path != "/v2/" && $0.header("Authorization") == nil }
        try await with([silent]) { proxy async throws in
            let repository = try Client(credential: Self.ann).repository(proxy.host, "app")
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            #expect(proxy.exchanges.map(\.path) == ["/v2/app/manifests/v1", "/v2/", "/v2/app/manifests/v1"])
        }
    }

    @Test func `that asks for what we do not know is not asked twice`() async throws {
        let foreign = Fault(.status(401, headers: ["WWW-Authenticate": "Negotiate"]))
        try await with([foreign]) { proxy async throws in
            let repository = try Client(credential: Self.ann).repository(proxy.host, "app")
            let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(error?.code == .denied)
            #expect(proxy.count() == 1)
            #expect(proxy.exchanges[0].header("Authorization") == nil)
        }
    }
}
