import Glibc
import JSON
import OCI
import TestKit
import Testing

@Suite("create --append, by many at once")
struct AppendRaceTests {
    private static let platforms = [
        "amd64", "arm64", "arm", "386", "s390x", "ppc64le", "ppc64", "riscv64", "loong64", "mips", "mipsle", "mips64",
        "mips64le", "sparc64", "riscv", "wasm",
    ]

    /// A repository with one image for each platform, under its name.
    private func repository(_ registry: RegistryServer) throws -> String {
        let repository = try registry.repository()
        for name in Self.platforms {
            try registry.put(TestImage(Platform(os: "linux", architecture: name)), in: path(of: repository), tag: name)
        }
        return repository
    }

    private func appendAll(to repository: String, _ tag: String) async throws -> [Tool.Outcome] {
        try await withThrowingTaskGroup(of: Tool.Outcome.self) { group in
            for name in Self.platforms {
                group.addTask {
                    try await Tool.imgtool.run(
                        ["create", "--append", "-t", "\(repository):\(tag)", "\(repository):\(name)"])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// How often a race is run, unless the environment says otherwise: `IMGTOOL_APPEND_ROUNDS=50` is for a long night.
    private func rounds(_ usual: Int) -> ClosedRange<Int> {
        let wanted = getenv("IMGTOOL_APPEND_ROUNDS").flatMap { Int(String(cString: $0)) } ?? usual
        return 1...max(1, wanted)
    }

    private func platforms(of reference: String) async throws -> [String] {
        let raw = try await succeeds("inspect", "--raw", reference)
        let index = try Index(json: JSONValue(parsing: raw.utf8))
        return index.manifests.compactMap { $0.platform?.architecture }.sorted()
    }

    @Test func `loses no platform and doubles none`() async throws {
        let repository = try repository(await RegistryServer.shared())
        for round in rounds(2) {
            for outcome in try await appendAll(to: repository, "v\(round)") {
                #expect(outcome.status == 0, "\(outcome.error)")
            }
            #expect(try await platforms(of: "\(repository):v\(round)") == Self.platforms.sorted())
        }
    }

    @Test func `loses none over a connection that delays and drops answers`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = try repository(registry)
        let faults = [
            Fault(.delay(milliseconds: 40), on: "GET", at: "/manifests/v"),
            Fault(.delay(milliseconds: 60), on: "PUT", at: "/manifests/v"),
            Fault(.dropAnswer, on: "PUT", at: "/manifests/v", times: 6, skipping: 3),
            Fault(.cutResponse(afterBytes: 40), on: "GET", at: "/manifests/v", times: 6, skipping: 10),
        ]
        try await FaultProxy.with(registry) { proxy in
            for round in rounds(1) {
                proxy.reset(faults)
                for outcome in try await appendAll(to: proxy.repository(repository), "v\(round)") {
                    #expect(outcome.status == 0, "\(outcome.error)")
                }
                #expect(try await platforms(of: "\(repository):v\(round)") == Self.platforms.sorted())
            }
        }
    }

    @Test func `leaves a valid index when one is killed, which a second run completes`() async throws {
        let repository = try repository(await RegistryServer.shared())
        for round in rounds(3) {
            let tag = "\(repository):v\(round)"
            let victim = try #require(Self.platforms.randomElement())
            func append(_ name: String) -> [String] { ["create", "--append", "-t", tag, "\(repository):\(name)"] }
            let script = #"echo $$ > "$HOME/pid"; exec "$0" "$@""#
            try await TemporaryFolder.with { home in
                async let killed = Tool("sh").run(["-c", script, Tool.imgtool.program] + append(victim), home: home)
                async let others = withThrowingTaskGroup(of: Tool.Outcome.self) { group in
                    for name in Self.platforms where name != victim {
                        group.addTask { try await Tool.imgtool.run(append(name)) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...1500)))
                // It may have come to its end by now.
                _ = try await Tool("sh").run(["-c", #"kill -KILL "$(cat "$HOME/pid")""#], home: home)
                _ = try await killed
                for outcome in try await others { #expect(outcome.status == 0, "\(outcome.error)") }
            }
            try await printed("verify", tag)
            #expect(Set(try await platforms(of: tag)).union([victim]) == Set(Self.platforms))
            try await succeeds("create", "--append", "-t", tag, "\(repository):\(victim)")
            #expect(try await platforms(of: tag) == Self.platforms.sorted(), "without \(victim) at first")
        }
    }

    @Test func `never repeats the move of a tag whose answer got lost`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = try repository(registry)
        try await FaultProxy.with(registry, [Fault(.dropAnswer, on: "PUT", at: "/manifests/v1", times: 1)]) { proxy in
            let place = proxy.repository(repository)
            try await succeeds("create", "--append", "-t", "\(place):v1", "\(place):amd64")
            #expect(proxy.count("PUT", "/manifests/v1") == 1)
        }
    }

    @Test func `moves a tag only from what it has read, where the registry can tell`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = try repository(registry)
        try await FaultProxy.with(registry) { proxy in
            let place = proxy.repository(repository)
            func conditions() -> [String?] {
                proxy.exchanges.filter { $0.isRequest("PUT", "/manifests/v1") }.map { $0.header("If-Match") }
            }
            func append(_ platform: String) async throws {
                try await succeeds("create", "--append", "-t", "\(place):v1", "\(place):\(platform)")
            }
            try await append("amd64")
            #expect(conditions() == [nil], "there was nothing that it could match")
            let first = try #require(registry.digest(of: "v1", in: path(of: repository)))
            let refusal = Fault.Action.status(412)
            proxy.reset([Fault(refusal, on: "PUT", at: "/manifests/v1", times: 1)])
            try await append("arm64")
            // What is refused, though nothing was changed, is not compared again.
            #expect(conditions() == ["\"\(first)\"", nil])
            // A registry that knows no conditions may refuse them in other ways.
            for (platform, status) in [("arm", 412), ("s390x", 400), ("ppc64le", 501)] {
                let fault = Fault(.status(status)) {
                    $0.isRequest("PUT", "/manifests/v1") && $0.header("If-Match") != nil
                }
                proxy.reset([fault])
                try await append(platform)
                #expect(conditions().last == .some(nil))
            }
        }
        let found = try await platforms(of: "\(repository):v1")
        #expect(found == ["amd64", "arm", "arm64", "ppc64le", "s390x"])
    }

    @Test func `adds to what somebody else has put there when it is told of it`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = try repository(registry)
        try await succeeds("create", "-t", "\(repository):v1", "\(repository):amd64")
        let faults = [Fault.Action.delay(milliseconds: 700), .status(412)].map {
            Fault($0, on: "PUT", at: "/manifests/v1", times: 1)
        }
        try await FaultProxy.with(registry, faults) { proxy in
            let place = proxy.repository(repository)
            async let slow = succeeds("create", "--append", "-t", "\(place):v1", "\(place):arm64")
            try await waitUntil { proxy.count("PUT", "/manifests/v1") == 1 }
            try await succeeds("create", "--append", "-t", "\(repository):v1", "\(repository):arm")
            _ = try await slow
        }
        #expect(try await platforms(of: "\(repository):v1") == ["amd64", "arm", "arm64"])
    }

    @Test func `gives up in time, and says so in one line`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = try repository(registry)
        try await FaultProxy.with(registry, [Fault(.dropAnswer, on: "PUT", at: "/manifests/")]) { proxy in
            let place = proxy.repository(repository)
            let outcome = try await imgtool(
                "create", "--append", "--append-timeout", "300ms", "-t", "\(place):v1", "--attempts", "1",
                "\(place):amd64")
            expectFailure(outcome, 1, naming: "\(place)")
        }
    }
}
