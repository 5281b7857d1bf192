import TestKit
import Testing

/// Real engines behind every kind of address.
@Suite("BuildKit is reached", .enabled(if: DockerEngine.isAvailable && Buildx.isAvailable), .timeLimit(.minutes(3)))
struct BuilderEngineTests {
    private let engine: DockerEngine
    private var home: BuilderHome

    init() async throws {
        engine = try await DockerEngine.shared()
        home = try BuilderHome()
    }

    private func expectRunning(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let made = try await home.run(["builder", "create", "--name", "b"] + words)
        try #require(made.status == 0, "\(made.error)", sourceLocation: sourceLocation)
        let listed = try await home.run(["builder", "ls", "--format", "{{.Status}} {{.Buildkit}} {{.Platforms}}"])
        #expect(listed.error == "", sourceLocation: sourceLocation)
        let node = listed.output.lines.dropFirst().first ?? ""
        #expect(node.hasPrefix("running v"), "\(node)", sourceLocation: sourceLocation)
        #expect(node.contains(" linux/"), "\(node)", sourceLocation: sourceLocation)
        let usage = try await home.run(["builder", "du", "--builder", "b", "--filter", "id=none"])
        #expect(usage.status == 0 && usage.error == "", "\(usage.error)", sourceLocation: sourceLocation)
    }

    @Test func `in an engine on a socket`() async throws { try await expectRunning(["unix://\(engine.socket)"]) }

    @Test func `in the engine of a docker context`() async throws {
        let made = try await Buildx.docker.run(
            ["context", "create", "node-amd64", "--docker", "host=unix://\(engine.socket)"], home: home.folder)
        try #require(made.status == 0, "\(made.error)")
        try await expectRunning(["node-amd64"])
    }

    @Test func `on a port`() async throws {
        let relay = try await BuildKitRelay(to: engine)
        try await expectRunning(["--driver", "remote", "tcp://127.0.0.1:\(relay.port)"])
    }

    @Test func `behind TLS, with a certificate of one's own`() async throws {
        let certificates = try await TestCertificates(in: home.folder)
        let relay = try await BuildKitRelay(to: engine, certificates)
        let address = "tcp://127.0.0.1:\(relay.port)"
        let options = "cacert=\(certificates.authority),cert=\(certificates.client),key=\(certificates.clientKey)"
        try await expectRunning(["--driver", "remote", "--driver-opt", options, address])
        for (name, option, words) in [
            ("anonymous", "cacert=\(certificates.authority)", "certificate rejected"),
            ("strange", "\(options),servername=other.example", "certificate rejected"),
        ] {
            try await home.builder("create", "--name", name, "--driver", "remote", "--driver-opt", option, address)
            let status = try await home.builder("ls", "-q", "--format", "{{.Name}} {{.Status}}").lines
            #expect(status.contains("\(name)0 \(words)"), "\(status)")
        }
    }

    @Test func `in a container and in a pod`() async throws {
        var home = home
        let relay = "exec " + (try BuildKitRelay.command(to: engine, in: home.folder))
        for program in ["docker", "kubectl"] { try home.stand(in: program, relay) }
        let scene = BuilderEngineTests(engine, home)
        try await scene.expectRunning(["docker-container://buildkitd?context=ctx"])
        #expect(try home.calls(of: "docker").first == "--context=ctx exec -i buildkitd buildctl dial-stdio")
        try await home.builder("rm", "b")
        try await scene.expectRunning(["kube-pod://buildkitd-0?namespace=ci&container=c&context=kind"])
        #expect(
            try home.calls(of: "kubectl").first
                == "--context=kind --namespace=ci exec --container=c -i buildkitd-0 -- buildctl dial-stdio")
    }

    @Test(.enabled(if: SSHServer.isAvailable)) func `on another machine`() async throws {
        var home = home
        try home.stand(in: "buildctl", "exec " + BuildKitRelay.command(to: engine, in: home.folder))
        try home.stand(in: "docker", "exec \(Buildx.docker.program) \"$@\"")
        let server = try await SSHServer(path: home.folder.file("bin"))
        try server.writeClient(to: home.folder.file("bin/ssh"))
        let scene = BuilderEngineTests(engine, home)
        let address = "ssh://root@\(server.address):\(server.port)"
        try await scene.expectRunning(["--driver", "remote", address])
        #expect(try home.calls(of: "buildctl").first == "dial-stdio")
        try await home.builder("rm", "b")
        try await scene.expectRunning(["--driver", "docker", "\(address)\(engine.socket)"])
        #expect(try home.calls(of: "docker").first == "--host=unix://\(engine.socket) system dial-stdio")
    }

    private init(_ engine: DockerEngine, _ home: BuilderHome) { (self.engine, self.home) = (engine, home) }

    // MARK: buildx

    /// With an engine of its own, whose cache no other test changes.
    @Test func `and shown as by docker buildx`() async throws {
        try await DockerEngine.with { engine in try await BuilderEngineTests(engine, home).isShownAsByBuildx() }
    }

    private func isShownAsByBuildx() async throws {
        var home = home
        home.environment["DOCKER_CONTEXT"] = "eng"
        let made = try await Buildx.docker.run(
            ["context", "create", "eng", "--docker", "host=unix://\(engine.socket)"], home: home.folder)
        try #require(made.status == 0, "\(made.error)")
        try home.folder.write("context/Dockerfile", text: "FROM scratch\nCOPY . /\nLABEL a=b\n")
        try home.folder.write("context/file", text: "\(UInt64.random(in: 0...UInt64.max))")
        func theirs(_ words: String...) async throws -> String {
            let outcome = try await Buildx.tool.run(words, environment: home.environment, home: home.folder)
            try #require(outcome.status == 0, "\(outcome.error)")
            return outcome.output
        }
        func ours(_ words: String...) async throws -> String {
            let outcome = try await home.run(["buildx"] + words)
            #expect(outcome.status == 0 && outcome.error == "", "\(outcome.error)")
            return outcome.output
        }
        _ = try await theirs("build", "--output", "type=cacheonly", home.folder.file("context"))
        #expect(
            BuilderHome.lines(try await ours("inspect", "eng")) == BuilderHome.lines(try await theirs("inspect", "eng"))
        )
        let format = "{{.Name}} {{.DriverEndpoint}} {{.Status}} {{.Buildkit}} {{.Platforms}}"
        let their = try await theirs("ls", "--format", format).lines.filter { $0.hasPrefix("eng") }
        #expect(try await ours("ls", "--format", format).lines.filter { $0.hasPrefix("eng") } == their)
        let json = try await theirs("ls", "--format", "json").lines.filter { $0.contains(#""Name":"eng""#) }
        #expect(
            try await ours("ls", "--format", "json").lines.filter { $0.contains(#""Name":"eng""#) }
                == Array(json.prefix(1)))
        for flags in [[], ["--verbose"], ["--filter", "type=source.local"]] {
            let their = try await Buildx.tool.run(["du"] + flags, environment: home.environment, home: home.folder)
            let our = try await home.run(["buildx", "du", "--builder", "eng"] + flags)
            #expect(Self.comparable(our.output) == Self.comparable(their.output), "\(flags)")
        }
        let pruned = try await ours("prune", "-f", "--builder", "eng", "--filter", "type=source.local")
        #expect(pruned.hasPrefix("ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED\n") && pruned.contains("\nTotal:\t"))
        #expect(try await ours("du", "--builder", "eng", "--filter", "type=source.local") == "")
    }

    /// The lines in an order of their own, without ages, which may change between two calls.
    private static func comparable(_ text: String) -> [String] {
        text.lines.map { $0.replacing(/[^\t]* ago$/, with: "…") }.sorted()
    }
}
