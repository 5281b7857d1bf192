import FileSystem
import OCI
import Registry
import TestKit
import Testing

@Suite("A registry with tokens")
struct AuthorizationTokenTests {
    private static let image = TestImage()
    private static let ann = Credential.password(user: "ann", password: "s3cret")

    private struct Scenery: Sendable {
        let service: TokenServer
        let registry: RegistryServer
        let proxy: FaultProxy

        func client(_ credential: Credential? = AuthorizationTokenTests.ann) throws -> Client {
            try Client(credential: credential)
        }
    }

    /// A registry with an image in `team/app` and `public/base`, a proxy in front of it, and its token service.
    private func with(
        _ behaviour: TokenServer.Behaviour = .init(), _ faults: [Fault] = [],
        _ body: (Scenery) async throws -> Void
    ) async throws {
        let rights: [TokenServer.Right] = [
            .init(nil, "public/*", "pull"), .init("ann", "team/*", "pull", "push", "delete"),
            .init("ann", "public/*", "pull"),
        ]
        try await TokenServer.with(users: ["ann": "s3cret"], rights: rights, behaviour) { service in
            try await RegistryServer.with(.token(service)) { registry in
                try registry.put(Self.image, in: "team/app", tag: "v1")
                try registry.put(Self.image, in: "public/base", tag: "v1")
                try await FaultProxy.with(registry, faults) { proxy in
                    try await body(Scenery(service: service, registry: registry, proxy: proxy))
                }
            }
        }
    }

    @Test func `lets everybody read what is public`() async throws {
        try await with { scenery async throws in
            let repository = try scenery.client(nil).repository(scenery.proxy.host, "public/base")
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            #expect(scenery.service.requests.map(\.hadCredentials) == [false])
            #expect(scenery.service.requests[0].scopes == ["repository:public/base:pull"])
            #expect(scenery.service.requests[0].service == TokenServer.service)
        }
    }

    @Test func `gets one token for each scope`() async throws {
        try await with { scenery async throws in
            let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
            for _ in 0..<3 {
                _ = try await repository.resolve(.tag("v1"))
                _ = try await repository.manifest(.tag("v1"))
                _ = try await repository.tags()
            }
            #expect(scenery.service.requests.map(\.scopes) == [["repository:team/app:pull"]])
            #expect(scenery.service.requests[0].user == "ann")
            _ = try await repository.put(MemorySource.content([1]), mountingFrom: nil)
            try await repository.put(ManifestContent(Self.image), as: .tag("v2"))
            #expect(scenery.service.requests.dropFirst().map(\.scopes) == [["repository:team/app:pull,push"]])
        }
    }

    @Test func `gets one token however many requests wait for it`() async throws {
        try await with { scenery async throws in
            let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<30 { group.addTask { _ = try await repository.manifest(.tag("v1")) } }
                try await group.waitForAll()
            }
            #expect(scenery.service.requests.count == 1)
        }
    }

    @Test func `gets a token for both sides of a mount, what is written to first`() async throws {
        try await with { scenery async throws in
            let client = try scenery.client()
            let source = try client.repository(scenery.proxy.host, "public/base")
            let target = try client.repository(scenery.proxy.host, "team/new")
            let content = BlobContent(MemorySource.descriptor(of: Self.image.config), in: source)
            #expect(try await target.put(content, mountingFrom: source) == .mounted)
            #expect(
                scenery.service.requests.map(\.scopes) == [
                    ["repository:team/new:pull,push", "repository:public/base:pull"]
                ])
        }
    }

    @Test func `whose service grants only the first scope is written to without a mount`() async throws {
        var behaviour = TokenServer.Behaviour()
        behaviour.grantsOnlyFirstScope = true
        try await with(behaviour) { scenery async throws in
            let client = try scenery.client()
            let source = try client.repository(scenery.proxy.host, "public/base")
            let target = try client.repository(scenery.proxy.host, "team/new")
            let content = BlobContent(MemorySource.descriptor(of: Self.image.config), in: source)
            #expect(try await target.put(content, mountingFrom: source) == .written)
            #expect(scenery.registry.has(blob: Digest(of: Self.image.config), in: "team/new"))
        }
    }

    @Test func `refuses what the rights do not allow, and is asked once more at most`() async throws {
        try await with { scenery async throws in
            let repository = try scenery.client().repository(scenery.proxy.host, "public/base")
            let error = await #expect(throws: ImageError.self) {
                try await repository.put(ManifestContent(Self.image), as: .tag("v2"))
            }
            #expect(error?.code == .denied)
            #expect(error?.advice?.contains("imgtool login") == true)
            #expect(scenery.service.requests.count <= 2)
            #expect(scenery.proxy.count() <= 3)
        }
    }

    @Test func `may ask for more than we thought`() async throws {
        try await with { scenery async throws in
            let more =
                #"Bearer realm="\#(scenery.service.realm)",service="\#(TokenServer.service)""#
                + #",scope="repository:team/app:pull repository:team/other:pull",error="insufficient_scope""#
            scenery.proxy.reset([Fault(.status(401, headers: ["WWW-Authenticate": more]), times: 2)])
            let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            let both = ["repository:team/app:pull", "repository:team/other:pull"]
            #expect(scenery.service.requests.map(\.scopes) == [both, both])
        }
    }

    @Test(
        "refuses a wrong password, and says so without it",
        arguments: [
            Credential.password(user: "ann", password: "wr0ng"), .identityToken("wr0ng"),
        ])
    func wrongPassword(credential: Credential) async throws {
        try await with { scenery async throws in
            let client = try scenery.client(credential)
            let repository = try client.repository(scenery.proxy.host, "team/app")
            let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(error?.code == .denied)
            #expect(error?.attempt == "cannot log in to \(scenery.proxy.host) at \(scenery.service.realm)")
            #expect(error?.advice == "log in anew with imgtool login \(scenery.proxy.host)")
            if case .password = credential {
                #expect(error?.reason.hasPrefix("the user name ann or the password is wrong: ") == true)
            }
            for text in [error?.description ?? "", client.trace] {
                #expect(!text.contains("wr0ng"))
                #expect(!text.contains("YW5uOn"))
            }
        }
    }

    @Test func `shows no token in a trace`() async throws {
        try await with { scenery async throws in
            let client = try scenery.client()
            _ = try await client.repository(scenery.proxy.host, "team/app").manifest(.tag("v1"))
            #expect(client.trace.contains("authorization: Bearer ***"))
            #expect(!client.trace.contains("Bearer ey"))
        }
    }

    // MARK: Identity tokens

    @Test func `takes an identity token by POST`() async throws {
        var behaviour = TokenServer.Behaviour()
        behaviour.refreshTokens = ["r3fresh": "ann"]
        try await with(behaviour) { scenery async throws in
            let client = try scenery.client(.identityToken("r3fresh"))
            _ = try await client.repository(scenery.proxy.host, "team/app").manifest(.tag("v1"))
            #expect(scenery.service.requests.map(\.method) == ["POST"])
            #expect(scenery.service.requests[0].grantType == "refresh_token")
            #expect(!client.trace.contains("r3fresh"))
        }
    }

    @Test("takes an identity token as a password where POST is not known", arguments: [400, 401, 404, 405])
    func identityByGet(status: Int) async throws {
        var behaviour = TokenServer.Behaviour()
        behaviour.postStatus = status
        behaviour.refreshTokens = ["r3fresh": "ann"]
        try await with(behaviour) { scenery async throws in
            let client = try scenery.client(.identityToken("r3fresh"))
            let error = await #expect(throws: ImageError.self) {
                try await client.repository(scenery.proxy.host, "team/app").manifest(.tag("v1"))
            }
            #expect(error?.code == .denied, "this service knows the token in a form only")
            #expect(scenery.service.requests.map(\.method) == ["POST", "GET"])
            #expect(scenery.service.requests[1].user == "00000000-0000-0000-0000-000000000000")
        }
    }

    @Test func `takes a registry token as it is`() async throws {
        try await with { scenery async throws in
            let token = try scenery.service.token(for: "ann", "team/app", "pull")
            let client = try scenery.client(.registryToken(token))
            _ = try await client.repository(scenery.proxy.host, "team/app").manifest(.tag("v1"))
            #expect(scenery.service.requests.isEmpty)
            #expect(!client.trace.contains(token))
            let error = await #expect(throws: ImageError.self) {
                try await client.repository(scenery.proxy.host, "team/other").manifest(.tag("v1"))
            }
            #expect(error?.code == .denied)
        }
    }

    // MARK: Expiry

    @Test func `gets a new token when the old one is over, in the middle of the work`() async throws {
        try await with { scenery async throws in
            scenery.service.reset { $0.lifetime = -600 }
            let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
            let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(error?.code == .denied, "tokens that are never good end nowhere")
            scenery.service.reset { $0.lifetime = 300 }
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            #expect(scenery.service.requests.count == 1)
            _ = try await repository.tags()
            #expect(scenery.service.requests.count == 1)
        }
    }

    @Test func `answers an upload's last request with a challenge, and gets it again`() async throws {
        try await with { scenery async throws in
            let challenge = #"Bearer realm="\#(scenery.service.realm)",service="\#(TokenServer.service)""#
            scenery.proxy.reset([
                Fault(.status(401, headers: ["WWW-Authenticate": challenge]), on: "PUT", times: 1)
            ])
            let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
            let blob = bigBlob(3_000_000, seed: 99)
            #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
            #expect(scenery.registry.stored(Digest(of: blob)) == blob)
            #expect(scenery.proxy.count("PUT") == 2)
            #expect(scenery.proxy.count("POST") == 1)
        }
    }

    // MARK: Services

    @Test("has a service whose answers vary", arguments: [["token"], ["access_token"], ["token", "access_token"]])
    func names(names: [String]) async throws {
        var behaviour = TokenServer.Behaviour()
        behaviour.tokenNames = names
        behaviour.expiresIn = names.count == 1 ? nil : 1
        try await with(behaviour) { scenery async throws in
            let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
            _ = try await repository.manifest(.tag("v1"))
            _ = try await repository.tags()
            #expect(scenery.service.requests.count == 1, "a lifetime that is too short to use counts as a minute")
        }
    }

    @Test(
        "has a service that refuses or fails",
        arguments: [
            (400, ImageError.Code.denied, 1), (403, .denied, 1), (404, .failed, 1), (500, .failed, 5),
            (503, .failed, 5),
        ])
    func refusal(status: Int, code: ImageError.Code, requests: Int) async throws {
        var behaviour = TokenServer.Behaviour()
        behaviour.refusal = status
        try await with(behaviour) { scenery async throws in
            let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
            let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(error?.code == code)
            #expect(error?.reason.contains("the token service answered \(status)") == true)
            #expect(scenery.service.requests.count == requests)
        }
    }

    @Test("has a service that gives no token", arguments: ["{}", #"{"token":""}"#, "<html>", ""])
    func noToken(body: String) async throws {
        try await with { scenery async throws in
            try await FaultProxy.with(port: 1, [Fault(.status(200, body: body))]) { service async throws in
                let challenge = #"Bearer realm="http://\#(service.host)/token""#
                scenery.proxy.reset([Fault(.rewriteHeader("WWW-Authenticate", challenge))])
                let repository = try scenery.client().repository(scenery.proxy.host, "team/app")
                let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
                #expect(error?.reason == "the token service answered without a token")
            }
        }
    }

    @Test func `that has TLS sends no password to a service that has none`() async throws {
        try await TokenServer.with(users: ["ann": "s3cret"]) { service in
            try await RegistryServer.with(.token(service), over: .tls) { registry async throws in
                let authority = try File.read(registry.certificates?.authority ?? "", limit: 1 << 20)
                let client = try Client(credential: Self.ann) { $0.authorities = authority }
                let repository = try client.repository(registry.host, "team/app")
                let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
                #expect(error?.code == .denied)
                #expect(error?.reason.contains("has no TLS") == true)
                #expect(service.requests.isEmpty)
            }
        }
    }
}
