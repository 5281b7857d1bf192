import Builders
import OCI
import Testing

@Suite("A builder")
struct BuilderDefinitionTests {
    private static let engine = "unix:///var/run/docker.sock"

    private static func request(_ change: (inout NodeRequest) -> Void = { _ in }) -> NodeRequest {
        var request = NodeRequest()
        change(&request)
        return request
    }

    private static func builder(_ change: (inout NodeRequest) -> Void = { _ in }) throws -> BuilderDefinition {
        try BuilderDefinition.new("B", request(change), usualEngine: engine, configuration: "/a b")
    }

    @Test func `has nodes with the names that buildx gives them`() throws {
        var builder = try Self.builder { $0.endpoint = "node-amd64" }
        #expect(builder.name == "b")
        for endpoint in ["node-arm64", "node-s390x"] {
            let request = Self.request {
                $0.endpoint = endpoint
                $0.appends = true
            }
            _ = try builder.apply(request, usualEngine: Self.engine, configuration: nil)
        }
        #expect(builder.nodes.map(\.name) == ["b0", "b1", "b2"])
        #expect(try builder.leave("B1").endpoint == "node-arm64")
        let request = Self.request {
            $0.endpoint = "node-other"
            $0.appends = true
        }
        _ = try builder.apply(request, usualEngine: Self.engine, configuration: nil)
        #expect(builder.nodes.map(\.name) == ["b0", "b2", "b1"])
    }

    @Test(
        "has the driver that suits its endpoint",
        arguments: [
            (nil, nil, BuilderDriver.imgtool, ""), ("node-amd64", nil, .docker, "node-amd64"),
            ("unix:///x", nil, .docker, "unix:///x"), ("ssh://h", nil, .docker, "ssh://h"),
            ("docker-container://c", nil, .remote, "docker-container://c"),
            ("kube-pod://p", nil, .remote, "kube-pod://p"), ("tcp://h:1", .remote, .remote, "tcp://h:1"),
            (nil, .docker, .docker, engine), (nil, .dockerContainer, .dockerContainer, engine),
            (nil, .kubernetes, .kubernetes, "kubernetes:///b?deployment=b0&kubeconfig=%2Fa%20b"),
            ("ssh://h", .imgtool, .imgtool, "ssh://h"),
        ] as [(String?, BuilderDriver?, BuilderDriver, String)])
    func drivers(endpoint: String?, driver: BuilderDriver?, expected: BuilderDriver, address: String) throws {
        let builder = try Self.builder {
            $0.endpoint = endpoint
            $0.driver = driver
        }
        #expect(builder.driver == expected)
        #expect(builder.nodes[0].endpoint == address)
    }

    @Test func `may have nodes of several drivers, each endpoint once`() throws {
        var builder = try Self.builder { $0.driver = .imgtool }
        var request = Self.request {
            $0.endpoint = "tcp://h:1"
            $0.driver = .remote
            $0.appends = true
        }
        _ = try builder.apply(request, usualEngine: Self.engine, configuration: nil)
        #expect(builder.drivers == [.imgtool, .remote])
        #expect(throws: ImageError.self) {
            try builder.apply(request, usualEngine: Self.engine, configuration: nil)
        }
        request.node = "b1"
        request.platforms = [Platform(os: "linux", architecture: "aarch64")]
        let needsRestart = try builder.apply(request, usualEngine: Self.engine, configuration: nil)
        #expect(!needsRestart)
        #expect(builder.nodes[1].platforms.map(\.description) == ["linux/arm64"])
    }

    private static let refused: [(String, @Sendable (inout NodeRequest) -> Void)] = [
        ("it exists", { _ in }), ("has no such node", { $0.node = "x" }),
        ("a name starts with a letter", { ($0.node, $0.appends, $0.endpoint) = ("-x", true, "ctx") }),
        ("its endpoint is for another one", { ($0.node, $0.driver) = ("b0", .remote) }),
    ]

    @Test("is refused", arguments: refused)
    func refusals(reason: String, change: @Sendable (inout NodeRequest) -> Void) throws {
        var builder = try Self.builder { $0.endpoint = "node-amd64" }
        let error = #expect(throws: ImageError.self) {
            try builder.apply(Self.request(change), usualEngine: Self.engine, configuration: nil)
        }
        #expect(error?.description.contains(reason) == true, "\(error as Any)")
        #expect(throws: ImageError.self) { try builder.leave("b0") }
        #expect(throws: ImageError.self) { try builder.leave("x") }
    }

    @Test(
        "checks the options of its driver",
        arguments: [
            (BuilderDriver.remote, ["bad=1"], "it has cacert, cert"), (.remote, ["cacert=x"], "an absolute path"),
            (.remote, ["cert=/c"], "key= is missing"), (.remote, ["servername=x"], "cacert= is missing"),
            (.dockerContainer, ["memory=huge"], "a size"), (.dockerContainer, ["cpu-quota=x"], "a whole number"),
            (.dockerContainer, ["netwrk=host"], "did you mean network?"), (.dockerContainer, ["network"], "no value"),
            (.kubernetes, ["loadbalance=even"], "sticky or random"),
            (.kubernetes, ["rootless=perhaps"], "true or false"),
            (.kubernetes, ["requests.cpu=some"], "an amount"), (.kubernetes, ["timeout=x"], "a length of time"),
            (.imgtool, ["program=imgtool"], "an absolute path"),
        ])
    func options(driver: BuilderDriver, options: [String], reason: String) throws {
        let error = #expect(throws: ImageError.self) { try DriverOptions.parse(options, for: driver) }
        #expect(error?.description.contains(reason) == true, "\(error as Any)")
    }

    @Test func `keeps the options that buildx has`() throws {
        let container = ["network=host", "memory=1g", "memory-swap=-1", "env.A=b=c", "image=moby/buildkit:x"]
        #expect(try DriverOptions.parse(container, for: .dockerContainer)["env.A"] == "b=c")
        let pods = ["replicas=3", "requests.cpu=100m", "limits.memory=1.5Gi", "tolerations=key=a,value=b;key=c"]
        #expect(try DriverOptions.parse(pods, for: .kubernetes).count == 4)
    }

    @Test func `gets a random name that is free`() throws {
        var taken: Set<String> = []
        for _ in 0..<2000 {
            let name = BuilderName.random { taken.contains($0) }
            #expect(try BuilderName.validated(name) == name)
            #expect(taken.insert(name).inserted)
        }
    }
}
