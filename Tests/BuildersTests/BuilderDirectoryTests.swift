import Builders
import OCI
import Registry
import TestKit
import Testing

/// A home folder with configuration.
struct BuilderScene {
    let home: TemporaryFolder
    var environment: [String: String] = [:]

    init() throws { home = try TemporaryFolder() }

    var locations: ConfigurationLocations { ConfigurationLocations(environment: environment, home: home.path) }
    var directory: BuilderDirectory { BuilderDirectory(locations) }

    func create(_ name: String, _ endpoint: String = "unix:///x", driver: BuilderDriver = .remote) async throws {
        var request = NodeRequest()
        request.endpoint = endpoint
        request.driver = driver
        let asked = request
        _ = try await directory.change(name) { existing in
            guard var builder = existing else {
                return try .new(name, asked, usualEngine: "unix:///y", configuration: nil)
            }
            var asked = asked
            asked.appends = true
            _ = try builder.apply(asked, usualEngine: "unix:///y", configuration: nil)
            return builder
        }
    }

    /// The names of all builders, damaged ones in brackets.
    func names() throws -> [String] {
        try directory.all().map { listing in
            if case .failure = listing.definition { "[\(listing.name)]" } else { listing.name }
        }
    }
}

@Suite("The builders' configuration")
struct BuilderDirectoryTests {
    @Test func `holds a file for each, with everything about its nodes`() async throws {
        let scene = try BuilderScene()
        var request = NodeRequest()
        request.endpoint = "node-amd64"
        request.driver = .dockerContainer
        request.platforms = [Platform(os: "linux", architecture: "arm", variant: "v7")]
        request.options = ["network=host", "env.A=b c"]
        request.flags = ["--debug"]
        request.files = ["buildkitd.toml": Array("debug = true\n".utf8)]
        let asked = request
        let saved = try await scene.directory.change("b") { _ in
            try .new("b", asked, usualEngine: "", configuration: nil)
        }
        #expect(scene.home.files() == [".config/imgtool/builders/b.json"])
        let read = try scene.directory.named("B")
        #expect(read.nodes == saved.nodes && read.origin == .own)
        #expect(read.lastActivity != nil)
        try await scene.directory.remove("b")
        #expect(scene.home.files() == [])
        #expect(try scene.names() == ["default"])
    }

    @Test func `follows XDG_CONFIG_HOME where that is absolute`() async throws {
        var scene = try BuilderScene()
        scene.environment["XDG_CONFIG_HOME"] = scene.home.file("c")
        try await scene.create("b")
        #expect(scene.home.files() == ["c/imgtool/builders/b.json"])
        scene.environment["XDG_CONFIG_HOME"] = "c"
        #expect(try scene.names() == ["default"])
    }

    @Test func `remembers a selection for each docker context`() async throws {
        var scene = try BuilderScene()
        for name in ["a", "b", "c"] { try await scene.create(name) }
        #expect(try scene.directory.current() == .builtIn)
        try await scene.directory.select(scene.directory.named("a"))
        #expect(try scene.directory.current().name == "a")
        scene.environment["DOCKER_CONTEXT"] = "other"
        #expect(try scene.directory.current() == .builtIn)
        try await scene.directory.select(scene.directory.named("b"), isDefault: true)
        scene.environment["DOCKER_CONTEXT"] = nil
        try await scene.directory.select(scene.directory.named("c"))
        scene.environment["DOCKER_CONTEXT"] = "other"
        #expect(try scene.directory.current().name == "b")
        try await scene.directory.select(scene.directory.named("c"), isGlobal: true)
        scene.environment["DOCKER_HOST"] = "tcp://h:1"
        #expect(try scene.directory.current().name == "c")
        try await scene.directory.remove("c")
        try await scene.create("c")
        #expect(try scene.directory.current() == .builtIn)
    }

    @Test func `lists damaged builders, and lets them be removed`() async throws {
        let scene = try BuilderScene()
        try await scene.create("good")
        for (name, text) in [
            ("cut", #"{"Name":"cut","#), ("empty", ""),
            ("nodeless", #"{"Name":"nodeless","Driver":"remote","Nodes":[]}"#),
            ("later", #"{"Name":"later","Driver":"cloud","Nodes":[{"Name":"a"}]}"#),
        ] {
            try scene.home.write(".config/imgtool/builders/\(name).json", text: text)
            let error = #expect(throws: ImageError.self) { try scene.directory.named(name) }
            #expect(error?.description.contains("imgtool builder rm \(name)") == true, "\(error as Any)")
        }
        #expect(try scene.names() == ["[cut]", "[empty]", "good", "[later]", "[nodeless]", "default"])
        for name in ["cut", "empty", "nodeless", "later"] { try await scene.directory.remove(name) }
        #expect(try scene.names() == ["good", "default"])
    }

    @Test func `loses nothing when many change it at once`() async throws {
        let scene = try BuilderScene()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask { try await scene.create("b\(number % 4)", "unix:///\(number)") }
            }
            try await group.waitForAll()
        }
        for number in 0..<4 {
            let nodes = try scene.directory.named("b\(number)").nodes
            #expect(Set(nodes.map(\.name)) == Set((0..<10).map { "b\(number)\($0)" }))
        }
    }

    @Test("refuses to change what is not its own", arguments: ["default", "ctx", "theirs", "none"])
    func foreign(name: String) async throws {
        let scene = try BuilderScene()
        let folder = "contexts/meta/\(Digest(of: Array("ctx".utf8)).hex)"
        try scene.home.write(
            ".docker/\(folder)/meta.json",
            text: #"{"Name":"ctx","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///x","SkipTLSVerify":false}}}"#)
        try scene.home.write(
            ".docker/buildx/instances/theirs",
            text: #"{"Name":"theirs","Driver":"remote","Nodes":[{"Name":"a","Endpoint":"unix:///x","Platforms":null}]}"#
        )
        #expect(try scene.names() == ["theirs", "default", "ctx"])
        let before = scene.home.files()
        await #expect(throws: ImageError.self) { try await scene.directory.remove(name) }
        if name != "none" {
            await #expect(throws: ImageError.self) { try await scene.create(name, "unix:///other") }
        }
        #expect(scene.home.files() == before)
    }
}
