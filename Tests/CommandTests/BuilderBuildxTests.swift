import JSON
import TestKit
import Testing

/// What `docker buildx` makes of the same words. Each has a home of its own.
@Suite("docker buildx agrees about builders", .enabled(if: Buildx.isAvailable))
struct BuilderBuildxTests {
    private let ours: BuilderHome
    private let theirs: BuilderHome

    init() throws {
        ours = try BuilderHome()
        theirs = try BuilderHome()
    }

    private func both(_ words: String...) async throws {
        let their = try await Buildx.tool.run(words, home: theirs.folder)
        try #require(their.status == 0, "\(their.error)")
        let our = try await ours.run(["buildx"] + words)
        #expect(our.status == 0, "\(our.error)")
        #expect(our.output == their.output)
    }

    /// Builders of every kind that can be created where no engine is.
    private func createAll() async throws {
        try await both(
            "create", "--name", "one", "--driver", "remote", "--platform", "linux/amd64,arm64", "--platform",
            "linux/arm/v7",
            "unix:///none/one.sock")
        try await both(
            "create", "--append", "--name", "one", "--node", "special", "--driver", "remote", "--driver-opt",
            "cacert=/ca.pem,cert=/c.pem,key=/k.pem,servername=x", "tcp://127.0.0.1:9")
        try await both("create", "--append", "--name", "one", "--driver", "remote", "docker-container://c")
        try await both(
            "create", "--name", "one", "--node", "one0", "--platform", "linux/s390x", "unix:///none/two.sock")
        try await both("create", "--name", "two", "--driver", "remote", "--use", "unix:///none/one.sock")
        try await both("create", "--append", "--name", "two", "--driver", "remote", "tcp://127.0.0.1:9")
        try await both("create", "--append", "--name", "two", "--driver", "remote", "tcp://127.0.0.1:10")
        try await both("create", "--name", "two", "--leave", "--node", "two1")
    }

    @Test func `by the file that it keeps`() async throws {
        try await createAll()
        for name in ["one", "two"] {
            let their = try JSONValue(parsing: theirs.folder.bytes(".docker/buildx/instances/\(name)"))
            let our = try JSONValue(parsing: ours.folder.bytes(".config/imgtool/builders/\(name).json"))
            #expect(Self.plain(our) == Self.plain(their))
        }
    }

    /// The value without members that are empty.
    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { .init($0.name, plain($0.value)) }.filter {
                        ![JSONValue.null, .array([]), .object(JSONObject())].contains($0.value)
                    }))
        case .array(let elements): .array(elements.map(plain))
        default: value
        }
    }

    @Test(
        "by its lists",
        arguments: [
            "{{.Name}}|{{.DriverEndpoint}}|{{.Buildkit}}|{{.Platforms}}|{{.Builder.Name}} {{.Builder.Driver}}",
            #"table {{.Name}}\t{{.DriverEndpoint}}\t{{.Platforms}}"#,
            #"table {{.DriverEndpoint}}\t{{.Name}}x{{.Buildkit}}"#,
            #"a{{.Name}}\tb\n"#, "{{printf \"%q\" .Name}}{{if .Platforms}} p{{end}}",
        ])
    func lists(format: String) async throws {
        try await createAll()
        let words = ["ls", "--format", format]
        let their = try await Buildx.tool.run(words, home: theirs.folder)
        let our = try await ours.run(["buildx"] + words)
        // The default builder is another one.
        let theirLines = BuilderHome.lines(their.output).filter { !$0.contains("default") && !$0.isEmpty }
        let ourLines = BuilderHome.lines(our.output).filter { !$0.contains("default") && !$0.isEmpty }
        #expect(ourLines.count > 5)
        #expect(ourLines == theirLines)
    }

    @Test("by what inspect shows", arguments: ["one", "two"])
    func inspection(name: String) async throws {
        try await createAll()
        let their = try await Buildx.tool.run(["inspect", name], home: theirs.folder)
        let our = try await ours.run(["buildx", "inspect", name])
        #expect(Self.comparable(our.output) == Self.comparable(their.output))
    }

    /// The text without times, and without states: buildx calls a node inactive, whatever is wrong with it. The order of
    /// options is random there.
    private static func comparable(_ text: String) -> [String] {
        BuilderHome.lines(text).compactMap { line in
            if line.hasPrefix("Status:") || line.hasPrefix("Error:") { return nil }
            if line.hasPrefix("Last Activity:") { return line.replacing(/[0-9]/, with: "0") }
            guard line.hasPrefix("Driver Options: ") else { return line }
            return line.split(separator: " ").sorted().joined(separator: " ")
        }
    }

    @Test(
        "about what is wrong",
        arguments: [
            ["create", "--name", "a b"], ["create", "--name", "default", "--driver", "remote", "unix:///x"],
            ["create", "--append"], ["create", "--leave"], ["create", "--leave", "--name", "two"],
            ["create", "--leave", "--name", "two", "--node", "none"], ["create", "--driver", "none"],
            ["create", "--driver", "remote"], ["create", "--driver", "remote", "word"],
            ["create", "--driver", "remote", "--platform", "a/b/c/d", "unix:///x"],
            ["create", "--append", "--name", "two", "unix:///none/one.sock"],
            ["create", "--name", "two", "unix:///other"],
            ["create", "--driver", "remote", "--driver-opt", "bad=1", "unix:///x"],
            ["create", "--driver", "remote", "--driver-opt", "cacert=relative", "unix:///x"],
            ["create", "--driver", "remote", "--driver-opt", "cert=/c,cacert=/x", "tcp://x:1"],
            ["create", "--driver", "remote", "--driver-opt", "network", "unix:///x"],
            ["create", "--driver", "remote", "--buildkitd-flags", "--x", "unix:///x"],
            ["use"], ["use", "none"], ["use", "a", "b"], ["inspect", "none"], ["stop", "none"], ["rm", "none"],
            ["rm", "default"], ["rm", "--all-inactive", "two"], ["ls", "--format", "{{.None}}"],
        ])
    func mistakes(words: [String]) async throws {
        try await both("create", "--name", "two", "--driver", "remote", "unix:///none/one.sock")
        let their = try await Buildx.tool.run(words, home: theirs.folder)
        #expect(their.status != 0, "\(their.output)")
        let our = try await ours.run(["buildx"] + words)
        #expect(our.status != 0 && our.output == "", "\(our.output)")
        #expect(our.error.hasPrefix("imgtool: "))
    }
}
