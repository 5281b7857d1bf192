import FileSystem
import OCI
import Registry
import TestKit
import Testing

@Suite("The way to a registry")
struct ClientTransportTests {
    private static let image = TestImage()

    /// A registry with an image `app:v1`.
    private func with(
        _ transport: RegistryServer.Transport, _ body: (RegistryServer) async throws -> Void
    ) async throws {
        try await RegistryServer.with(over: transport) { registry in
            try registry.put(Self.image, in: "app", tag: "v1")
            try await body(registry)
        }
    }

    private func read(_ host: String, _ client: Client) async throws {
        let content = try await client.repository(host, "app").manifest(.tag("v1"))
        #expect(content.bytes == Self.image.manifest)
    }

    private func failure(_ host: String, _ client: Client) async -> ImageError? {
        await #expect(throws: ImageError.self) { try await read(host, client) }
    }

    private func authority(of registry: RegistryServer) throws -> [UInt8] {
        try File.read(registry.certificates?.authority ?? "", limit: 1 << 20)
    }

    // MARK: TLS

    @Test func `is plain on the loopback interface, and found to be TLS where it is`() async throws {
        try await with(.tls) { registry async throws in
            for host in [registry.host, "localhost:\(registry.port)"] {
                let client = try Client()
                let error = await failure(host, client)
                #expect(error?.code == .failed)
                #expect(
                    error?.reason == "\(host): its certificate is not signed by an authority that this machine trusts")
                #expect(error?.advice?.contains("--ca-file") == true)
                #expect(client.retries.isEmpty, "a certificate does not get better")
            }
            try await read(registry.host, Client { $0.insecure = true })
        }
    }

    @Test func `stays plain where a refusal only looks as if TLS were wanted, and shows the refusal`() async throws {
        let words = #"{"errors":[{"code":"DENIED","message":"use HTTPS, or else"}]}"#
        for method in ["HEAD", "GET"] {
            try await with(.http) { registry async throws in
                try await FaultProxy.with(registry, [Fault(.status(400, body: words), at: "/manifests/")]) { proxy in
                    let repository = try Client().repository(proxy.host, "app")
                    let error = await #expect(throws: ImageError.self) {
                        if method == "GET" {
                            _ = try await repository.manifest(.tag("v1"))
                        } else {
                            _ = try await repository.resolve(.tag("v1"))
                        }
                    }
                    #expect(error?.reason.contains("use HTTPS, or else") == true, "\(error?.description ?? "")")
                }
            }
        }
    }

    @Test func `names the host that a link or redirect leads to when it fails there`() async throws {
        try await with(.http) { registry async throws in
            let far = "http://127.0.0.1:1/v2/app/tags/list?last=a"
            for fault in [
                Fault(.status(200, headers: ["Link": "<\(far)>; rel=\"next\""], body: #"{"tags":["a"]}"#)),
                Fault(.status(307, headers: ["Location": far])),
            ] {
                try await FaultProxy.with(registry, [fault]) { proxy in
                    let repository = try Client { $0.retry.attempts = 1 }.repository(proxy.host, "app")
                    let error = await #expect(throws: ImageError.self) { try await repository.tags() }
                    #expect(
                        error?.reason == "127.0.0.1:1, to which \(proxy.host) leads: nothing is listening there")
                }
            }
        }
    }

    @Test func `trusts the authorities that it is given`() async throws {
        try await with(.tls) { registry async throws in
            let pem = try authority(of: registry)
            try await read(registry.host, Client { $0.authorities = pem })
            try await read("localhost:\(registry.port)", Client { $0.authorities = pem })
            let stranger = try await TemporaryFolder.with { folder in
                try File.read(try await TestCertificates(in: folder).authority, limit: 1 << 20)
            }
            let error = await failure(registry.host, try Client { $0.authorities = stranger })
            #expect(error?.advice?.contains("--ca-file") == true)
        }
    }

    @Test func `looks at the name in a certificate`() async throws {
        try await with(.tls) { registry async throws in
            let pem = try authority(of: registry)
            let error = await failure("x.localhost:\(registry.port)", try Client { $0.authorities = pem })
            #expect(
                error?.reason.hasSuffix("its certificate is for another name") == true, "\(error?.description ?? "")")
        }
    }

    @Test func `finds certificates in the folder of the registry`() async throws {
        try await with(.mutualTLS) { registry async throws in
            try await ConfigurationFolder.with { folder async throws in
                let certificates = try #require(registry.certificates)
                let files = [
                    "ca.crt": certificates.authority, "client.cert": certificates.client,
                    "client.key": certificates.clientKey,
                ]
                for (name, path) in files {
                    let text = String(decoding: try File.read(path, limit: 1 << 20), as: UTF8.self)
                    try folder.write(text, to: "etc/containers/certs.d/\(registry.host)/\(name)")
                }
                try await read(registry.host, Client(locations: folder.locations()))
            }
        }
    }

    @Test func `shows the client's certificate, and says when one is wanted`() async throws {
        try await with(.mutualTLS) { registry async throws in
            let certificates = try #require(registry.certificates)
            let pem = try authority(of: registry)
            try await read(
                registry.host,
                Client {
                    $0.authorities = pem
                    $0.clientCertificate = certificates.client
                    $0.clientKey = certificates.clientKey
                })
            // The registry may end the connection before it has read the request; then its alert gets lost on the way.
            let client = try Client {
                $0.authorities = pem
                $0.retry.attempts = 20
            }
            let error = await failure(registry.host, client)
            #expect(error?.advice?.contains("--cert-file") == true, "\(error?.description ?? "")")
        }
    }

    @Test func `is not plain where somebody has given certificates`() async throws {
        try await with(.http) { registry async throws in
            let pem = try await TemporaryFolder.with { folder in
                try File.read(try await TestCertificates(in: folder).authority, limit: 1 << 20)
            }
            let error = await failure(registry.host, try Client { $0.authorities = pem })
            #expect(error?.code == .failed)
            try await read(
                registry.host,
                Client {
                    $0.authorities = pem
                    $0.plainHTTP = true
                })
            try await read(
                registry.host,
                Client {
                    $0.authorities = pem
                    $0.insecure = true
                })
        }
    }

    @Test func `does not leave TLS for an address without it`() async throws {
        try await FaultProxy.with(port: 1) { elsewhere async throws in
            let leave = Fault(.status(307, headers: ["Location": "http://\(elsewhere.host)/x"]), on: "GET")
            let open = Fault(.status(202, headers: ["Location": "http://\(elsewhere.host)/x"]), on: "POST")
            try await FaultProxy.with(port: 1, [leave, open, Fault(.status(404))]) { registry async throws in
                try await TLSFront.with(port: registry.port) { front async throws in
                    let pem = try File.read(front.certificates.authority, limit: 1 << 20)
                    let repository = try Client { $0.authorities = pem }.repository(front.host, "app")
                    let works: [() async throws -> Void] = [
                        { _ = try await repository.manifest(.tag("v1")) },
                        { _ = try await repository.put(MemorySource.content([1]), mountingFrom: nil) },
                    ]
                    for work in works {
                        let error = await #expect(throws: ImageError.self) { try await work() }
                        #expect(error?.reason.contains("leads to an address without TLS") == true)
                    }
                    #expect(elsewhere.count() == 0)
                }
            }
        }
    }

    @Test func `is HTTP/2 where it is offered`() async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(Self.image, in: path, tag: "v1")
        try await TLSFront.with(port: registry.port) { front async throws in
            let pem = try File.read(front.certificates.authority, limit: 1 << 20)
            let repository = try Client { $0.authorities = pem }.repository(front.host, path)
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            let blob = bigBlob(5_000_000, seed: 4)
            #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
            #expect(try await BlobContent(MemorySource.descriptor(of: blob), in: repository).bytes() == blob)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 { group.addTask { _ = try await repository.manifest(.tag("v1")) } }
                try await group.waitForAll()
            }
            #expect(front.requests.count >= 104)
            #expect(front.requests.allSatisfy { $0.hasPrefix("HTTP/2.0 ") })
            #expect(front.connections <= 2)
        }
    }

    // MARK: Nobody there

    @Test func `ends where nobody listens`() async throws {
        let client = try Client()
        let error = await failure("127.0.0.1:1", client)
        #expect(error?.code == .interrupted)
        #expect(
            error?.description == """
                cannot read 127.0.0.1:1/app:v1: 127.0.0.1:1: nothing is listening there; \
                check the name 127.0.0.1:1, and that the registry runs
                """)
        #expect(client.retries.count == 2)
    }

    @Test func `ends at a name that does not exist`() async throws {
        let error = await failure("registry.invalid", try Client())
        #expect(error?.reason == "registry.invalid: there is no host of that name")
    }

    @Test func `ends at a port that speaks something else`() async throws {
        try await GreetingServer.with("SSH-2.0-OpenSSH_9.2\r\n") { host async throws in
            let client = try Client()
            let error = await failure(host, client)
            #expect(error?.code == .failed)
            #expect(error?.description.contains("\n") == false)
            #expect(client.retries.isEmpty, "\(error?.description ?? "")")
        }
    }

    // MARK: Mirrors

    /// A registry and its mirror, behind a proxy each, and a client with this configuration.
    private func mirrored(
        _ settings: String = "", mirrorHas content: Bool, _ faults: [Fault] = [],
        _ body: (Client, _ main: FaultProxy, _ mirror: FaultProxy, RegistryServer) async throws -> Void
    ) async throws {
        try await with(.http) { registry async throws in
            try await RegistryServer.with { other async throws in
                if content { try other.put(Self.image, in: "copies/app", tag: "v1") }
                try await FaultProxy.with(registry) { main async throws in
                    try await FaultProxy.with(other, faults) { mirror async throws in
                        try await ConfigurationFolder.with { folder async throws in
                            let text = """
                                [[registry]]
                                location = "\(main.host)"
                                \(settings)
                                [[registry.mirror]]
                                location = "\(mirror.host)/copies"
                                """
                            try folder.write(text, to: "etc/containers/registries.conf")
                            try await body(Client(locations: folder.locations()), main, mirror, registry)
                        }
                    }
                }
            }
        }
    }

    private func readAll(_ client: Client, _ main: FaultProxy) async throws {
        let repository = try client.repository(main.host, "app")
        #expect(try await repository.resolve(.tag("v1")).digest == Self.image.digest)
        #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
        let config = MemorySource.descriptor(of: Self.image.config)
        #expect(try await BlobContent(config, in: repository).bytes() == Self.image.config)
    }

    @Test func `leads to a mirror first`() async throws {
        try await mirrored(mirrorHas: true) { client, main, mirror, _ async throws in
            try await readAll(client, main)
            #expect(mirror.count() == 3)
            #expect(main.count() == 0)
        }
    }

    @Test(
        "leads to the registry where the mirror has nothing, or is out of order",
        arguments: [
            nil, Fault(.status(403)), Fault(.status(500)), Fault(.status(200, body: "<html>")), Fault(.dropAnswer),
        ])
    func brokenMirror(fault: Fault?) async throws {
        try await mirrored(mirrorHas: false, [fault].compactMap(\.self)) { client, main, mirror, _ async throws in
            let repository = try client.repository(main.host, "app")
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            #expect(try await repository.tags() == ["v1"])
            #expect(mirror.count() > 0)
            #expect(main.count() == 2)
        }
    }

    @Test func `leads to the registry itself for what is written`() async throws {
        try await mirrored(mirrorHas: true) { client, main, mirror, registry async throws in
            let repository = try client.repository(main.host, "app")
            #expect(try await repository.put(MemorySource.content([1, 2]), mountingFrom: nil) == .written)
            try await repository.put(ManifestContent(Self.image), as: .tag("v2"))
            #expect(mirror.count() == 0)
            #expect(registry.digest(of: "v2", in: "app") == Self.image.digest)
        }
    }

    @Test func `is closed where the configuration says so`() async throws {
        try await mirrored("blocked = true", mirrorHas: true) { client, main, mirror, _ async throws in
            let error = #expect(throws: ImageError.self) { try client.repository(main.host, "app") }
            #expect(error?.code == .denied)
            #expect(main.count() + mirror.count() == 0)
        }
    }

    @Test func `may be insecure by configuration`() async throws {
        try await with(.tls) { registry async throws in
            try await ConfigurationFolder.with { folder async throws in
                try folder.write(
                    "[[registry]]\nlocation = \"\(registry.host)\"\ninsecure = true\n",
                    to: "etc/containers/registries.conf")
                try await read(registry.host, Client(locations: folder.locations()))
            }
        }
    }
}
