import OCI
import Registry
import TestKit
import Testing

/// A registry, and a host of somebody else's that wants what is only for the registry.
@Suite("Wherever a registry leads")
struct CredentialHopTests {
    private static let ann = Credential.password(user: "ann", password: "s3cret")
    private static let basic = "Basic YW5uOnMzY3JldA=="
    private static let blob = MemorySource.descriptor(of: [1, 2, 3])

    /// The ways in which a request gets to another host.
    enum Hop: CaseIterable {
        case manifest, head, blob, ping, list, nextPage, referrers, upload, chunk, resumedUpload, deletion
    }

    /// What the stranger answers to whatever it is asked.
    enum Greeting: CaseIterable {
        case bearer, basic, both, redirectBack, token

        func answer(_ stranger: FaultProxy, _ registry: FaultProxy) -> Fault.Action {
            let bearer = "Bearer realm=\"http://\(stranger.host)/token\",service=\"s\",scope=\"repository:app:pull\""
            return switch self {
            case .bearer: .status(401, headers: ["WWW-Authenticate": bearer, "Set-Cookie": "id=1"])
            case .basic: .status(401, headers: ["WWW-Authenticate": "Basic realm=\"x\""])
            case .both: .status(401, headers: ["WWW-Authenticate": "Basic realm=\"x\", \(bearer)"])
            case .redirectBack: .status(307, headers: ["Location": "http://\(registry.host)/v2/private/manifests/v1"])
            case .token: .status(200, headers: ["Content-Type": "application/json"], body: #"{"token":"t"}"#)
            }
        }
    }

    /// What the registry asks for itself, before it leads away.
    enum Scheme: CaseIterable { case open, basic, bearer }

    /// Runs `work` with a registry that asks for credentials and leads to a stranger, and looks at what the stranger got.
    private func check(_ hop: Hop, _ greeting: Greeting, _ scheme: Scheme) async throws {
        try await FaultProxy.with(port: 1) { stranger async throws in
            try await FaultProxy.with(port: 1) { service async throws in
                try await FaultProxy.with(port: 1) { registry async throws in
                    stranger.reset([Fault(greeting.answer(stranger, registry))])
                    let token = Fault.Action.status(200, body: #"{"token":"of-the-registry"}"#)
                    service.reset([Fault(token)])
                    registry.reset(challenge(scheme, service) + faults(hop, to: stranger))
                    let client = try Client(credential: Self.ann) { $0.retry.attempts = 2 }
                    let repository = try client.repository(registry.host, "app")
                    _ = try? await work(hop, repository)
                    #expect(stranger.count() > 0, "\(hop) \(greeting) \(scheme) does not lead away")
                    for exchange in stranger.exchanges {
                        for name in ["Authorization", "Cookie", "Proxy-Authorization", "X-Registry-Auth"] {
                            #expect(exchange.header(name) == nil, "\(hop) \(greeting) \(scheme): \(exchange)")
                        }
                    }
                    #expect(stranger.count(nil, "/token") == 0, "\(hop) \(greeting) \(scheme)")
                    for exchange in registry.exchanges where exchange.target.contains("private") {
                        #expect(exchange.header("Authorization") == nil, "\(hop) \(greeting) \(scheme)")
                    }
                    for exchange in service.exchanges {
                        #expect(exchange.header("Authorization") == Self.basic)
                    }
                }
            }
        }
    }

    private func challenge(_ scheme: Scheme, _ service: FaultProxy) -> [Fault] {
        let text: String
        switch scheme {
        case .open: return []
        case .basic: text = "Basic realm=\"r\""
        case .bearer: text = "Bearer realm=\"http://\(service.host)/token\",service=\"r\""
        }
        return [
            Fault(.status(401, headers: ["WWW-Authenticate": text])) { $0.header("Authorization") == nil }
        ]
    }

    private func faults(_ hop: Hop, to stranger: FaultProxy) -> [Fault] {
        let away = ["Location": "http://\(stranger.host)/elsewhere"]
        let own = ["Location": "/v2/app/blobs/uploads/1"]
        let link = ["Link": "<http://\(stranger.host)/elsewhere>; rel=\"next\"", "Content-Type": "application/json"]
        return switch hop {
        case .manifest, .blob, .list: [Fault(.status(307, headers: away), on: "GET")]
        case .head: [Fault(.status(302, headers: away), on: "HEAD"), Fault(.status(404))]
        case .ping:
            [Fault(.status(308, headers: away), on: "GET", at: "/v2/", times: 1), Fault(.status(401), on: "GET")]
        case .nextPage: [Fault(.status(200, headers: link, body: #"{"tags":["a"]}"#))]
        case .referrers:
            [Fault(.status(200, headers: link, body: #"{"schemaVersion":2,"manifests":[]}"#))]
        case .upload, .deletion:
            [
                Fault(.status(404), on: "HEAD"), Fault(.status(202, headers: away), on: "POST"),
                Fault(.status(307, headers: away), on: "DELETE"), Fault(.status(307, headers: away), on: "GET"),
            ]
        case .chunk:
            [
                Fault(.status(404), on: "HEAD"),
                Fault(
                    .status(202, headers: own.merging(["OCI-Chunk-Min-Length": "1"]) { $1 }), on: "POST"),
                Fault(.status(202, headers: away), on: "PATCH"),
            ]
        case .resumedUpload:
            [
                Fault(.status(404), on: "HEAD"), Fault(.status(202, headers: own), on: "POST"),
                Fault(.status(500), on: "PUT"),
                Fault(.status(204, headers: away.merging(["Range": "0-1"]) { $1 }), on: "GET"),
            ]
        }
    }

    private func work(_ hop: Hop, _ repository: RegistryRepository) async throws {
        switch hop {
        case .manifest, .ping: _ = try await repository.manifest(.tag("v1"))
        case .head: _ = try await repository.resolve(.tag("v1"))
        case .blob: _ = try await repository.rawBlob(Self.blob, from: 0)
        case .list, .nextPage: _ = try await repository.tags()
        case .referrers: _ = try await repository.referrers(of: Self.blob.digest, artifactType: nil)
        case .upload, .chunk, .resumedUpload:
            _ = try await repository.put(MemorySource.content([1, 2, 3]), mountingFrom: nil)
        case .deletion: try await repository.removeManifest(Self.blob.digest)
        }
    }

    @Test("nobody else is shown a credential", arguments: Hop.allCases, Greeting.allCases)
    func hops(hop: Hop, greeting: Greeting) async throws {
        for scheme in Scheme.allCases { try await check(hop, greeting, scheme) }
    }

    @Test func `a redirect within the registry keeps them, and the registry is asked itself what it wants`()
        async throws
    {
        try await FaultProxy.with(port: 1) { registry async throws in
            let wants = Fault(.status(401, headers: ["WWW-Authenticate": "Basic realm=\"r\""])) {
                $0.header("Authorization") == nil && !$0.path.hasSuffix("/manifests/v1")
            }
            registry.reset([
                wants, Fault(.status(307, headers: ["Location": "/v2/other/x"]), at: "/v2/app/manifests/v1"),
                Fault(.status(404)),
            ])
            let repository = try Client(credential: Self.ann).repository(registry.host, "app")
            let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
            #expect(error?.code == .notFound)
            #expect(registry.exchanges.last?.path == "/v2/other/x")
            #expect(registry.exchanges.last?.header("Authorization") == Self.basic)
        }
    }

    @Test func `a refusal says who refused`() async throws {
        try await FaultProxy.with(port: 1, [Fault(.status(403))]) { stranger async throws in
            let away = Fault(.status(307, headers: ["Location": "http://localhost:\(stranger.port)/x"]))
            try await FaultProxy.with(port: 1, [away]) { registry async throws in
                let repository = try Client().repository(registry.host, "app")
                let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
                #expect(
                    error?.reason
                        == "localhost:\(stranger.port), to which \(registry.host) leads, answered 403 forbidden")
                #expect(error?.advice == nil)
            }
        }
    }

    @Test(
        "a token service that redirects gets no further",
        arguments: [Self.ann, .identityToken("refresh-s3cret")], [301, 302, 303, 307, 308])
    func tokenServices(credential: Credential, status: Int) async throws {
        try await FaultProxy.with(port: 1, [Fault(.status(200, body: #"{"token":"t"}"#))]) { stranger async throws in
            let away = Fault(.status(status, headers: ["Location": "http://\(stranger.host)/token"]))
            try await FaultProxy.with(port: 1, [away]) { service async throws in
                let wants = "Bearer realm=\"http://\(service.host)/token\""
                let asks = Fault(.status(401, headers: ["WWW-Authenticate": wants]))
                try await FaultProxy.with(port: 1, [asks]) { registry async throws in
                    let repository = try Client(credential: credential).repository(registry.host, "app")
                    let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
                    #expect(error?.reason.contains("credentials follow no redirect") == true)
                    #expect(stranger.count() == 0)
                    #expect(service.count() > 0)
                }
            }
        }
    }

    @Test func `a mirror gets its own credential and never the registry's`() async throws {
        try await FaultProxy.with(port: 1) { mirror async throws in
            try await FaultProxy.with(port: 1) { registry async throws in
                try await ConfigurationFolder.with { folder async throws in
                    let wants = "Basic realm=\"r\", Bearer realm=\"http://\(mirror.host)/token\""
                    mirror.reset([Fault(.status(401, headers: ["WWW-Authenticate": wants]))])
                    registry.reset([
                        Fault(.status(401, headers: ["WWW-Authenticate": "Basic realm=\"r\""])) {
                            $0.header("Authorization") == nil
                        }, Fault(.status(404)),
                    ])
                    try folder.write(
                        """
                        [[registry]]
                        location = "\(registry.host)"
                        [[registry.mirror]]
                        location = "\(mirror.host)"
                        """, to: "etc/containers/registries.conf")
                    try folder.write(
                        "{\"auths\":{\"\(registry.host)\":{\"auth\":\"YW5uOnMzY3JldA==\"}}}",
                        to: "home/.docker/config.json")
                    let repository = try Client(locations: folder.locations()).repository(registry.host, "app")
                    _ = try? await repository.manifest(.tag("v1"))
                    #expect(mirror.count() > 0)
                    #expect(mirror.exchanges.allSatisfy { $0.header("Authorization") == nil })
                    #expect(registry.exchanges.last?.header("Authorization") == Self.basic)
                }
            }
        }
    }

    // MARK: What is sent as a credential

    @Test(
        "a token that would reach into the next header is none",
        arguments: [#"a\r\nX-Evil: 1"#, #"a\nb"#, #"a\rb"#, #"a b"#, #"ä"#, #"a\u0000b"#, #"a\u007f"#])
    func tokens(token: String) async throws {
        try await FaultProxy.with(port: 1, [Fault(.status(200, body: "{\"token\":\"\(token)\"}"))]) {
            service async throws in
            let asks = ["WWW-Authenticate": "Bearer realm=\"http://\(service.host)/token\""]
            try await FaultProxy.with(port: 1, [Fault(.status(401, headers: asks))]) { registry async throws in
                let repository = try Client().repository(registry.host, "app")
                let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
                #expect(error?.reason == "the token service answered with something that is not a token")
                #expect(
                    registry.exchanges.allSatisfy { $0.header("X-Evil") == nil && $0.header("Authorization") == nil })
            }
        }
    }

    @Test func `a registry token with a line break is an error that does not show it`() async throws {
        let wants = ["WWW-Authenticate": "Bearer realm=\"http://127.0.0.1:1/token\""]
        try await FaultProxy.with(port: 1, [Fault(.status(401, headers: wants))]) { registry async throws in
            try await ConfigurationFolder.with { folder async throws in
                try folder.write(
                    #"{"auths":{"\#(registry.host)":{"registrytoken":"s3cret\r\nX-Evil: 1"}}}"#,
                    to: "home/.docker/config.json")
                let repository = try Client(locations: folder.locations()).repository(registry.host, "app")
                let error = await #expect(throws: ImageError.self) { try await repository.manifest(.tag("v1")) }
                #expect(error?.description.contains("registrytoken") == true, "\(error?.description ?? "")")
                #expect(error?.description.contains("s3cret") == false)
                #expect(registry.exchanges.allSatisfy { $0.header("X-Evil") == nil })
            }
        }
    }
}
