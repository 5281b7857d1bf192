import OCI
import TestKit
import Testing

/// A store and a cache of their own, and a registry that stands for Docker Hub.
private struct HubScene {
    let builder: Builder
    let folder: TemporaryFolder
    let registry: RegistryServer

    static func with(_ body: (HubScene) async throws -> Void) async throws {
        try await RegistryServer.with { registry in
            try await TemporaryFolder.with { folder in
                try folder.write(
                    "registries.conf", text: "[[registry]]\nprefix = \"docker.io\"\nlocation = \"\(registry.host)\"\n")
                try await Builder.with { try await body(HubScene(builder: $0, folder: folder, registry: registry)) }
            }
        }
    }

    func imgtool(_ arguments: String...) async throws -> Tool.Outcome {
        let environment = builder.environment.merging(["CONTAINERS_REGISTRIES_CONF": folder.file("registries.conf")]) {
            $1
        }
        return try await Tool("env").run(
            ["-C", folder.path, Tool.imgtool.program] + arguments, environment: environment, timeout: .seconds(300))
    }

    /// Builds a file from scratch under a name.
    func buildBase(_ content: String, as name: String, platforms: String = "linux/amd64") async throws -> String {
        try folder.write("base/Dockerfile", text: "FROM scratch\nCOPY file /file\n")
        try folder.write("base/file", text: content)
        let outcome = try await imgtool("build", "-q", "--platform", platforms, "-t", name, "base")
        #expect(outcome.succeeded, "\(outcome.error)")
        return String(outcome.output.dropLast())
    }

    /// What `/file` is in an image that a Dockerfile starts with, or what goes wrong; and what is said about it.
    func content(
        from name: String, _ flags: [String] = [], platform: String = "linux/amd64"
    ) async throws -> (content: String, log: String) {
        try folder.write("context/Dockerfile", text: "FROM \(name)\nCOPY Dockerfile /other\n")
        let arguments = ["build", "--progress", "plain", "--platform", platform, "-o", "type=tar,dest=out.tar"]
        let environment = builder.environment.merging(["CONTAINERS_REGISTRIES_CONF": folder.file("registries.conf")]) {
            $1
        }
        let outcome = try await Tool("env").run(
            ["-C", folder.path, Tool.imgtool.program] + arguments + flags + ["context"], environment: environment,
            timeout: .seconds(300))
        guard outcome.succeeded else { return ("", outcome.error) }
        return (try await Tool("tar").output("-xOf", folder.file("out.tar"), "file"), outcome.error)
    }

    /// Puts an image of a name into the registry that stands for Docker Hub.
    func publish(_ content: String, as path: String) async throws {
        _ = try await buildBase(content, as: "\(registry.host)/\(path)")
        let pushed = try await imgtool("push", "\(registry.host)/\(path)")
        #expect(pushed.succeeded, "\(pushed.error)")
    }
}

@Suite("FROM a name without a registry", .enabled(if: Machine.canBuild))
struct BuiltBaseTests {
    @Test func `is the image that was built here, and says so`() async throws {
        try await HubScene.with { hub in
            try await hub.publish("stranger", as: "library/base:latest")
            #expect(try await hub.content(from: "base").content == "stranger")
            let built = try await hub.buildBase("mine", as: "base")
            let digest = built.suffix(71)
            let before = hub.registry.requests.count
            let (content, log) = try await hub.content(from: "base")
            #expect(content == "mine")
            #expect(log.contains("base is the image of that name that was built here, store:base@\(digest)"), "\(log)")
            #expect(try await hub.content(from: "base:latest").content == "mine")
            #expect(try await hub.content(from: "library/base").content == "mine")
            #expect(try await hub.content(from: "base@\(digest)").content == "mine")
            #expect(hub.registry.requests.count == before)
            // Who names a registry asks it, and so does who wants to.
            #expect(try await hub.content(from: "docker.io/library/base").content == "stranger")
            #expect(try await hub.content(from: "base", ["--pull"]).content == "stranger")
            #expect(try await hub.content(from: "store:base").content == "mine")
            // Another tag is another image.
            let other = try await hub.content(from: "base:other")
            #expect(other.content == "")
            #expect(other.log.contains("docker.io/library/base:other"), "\(other.log)")
        }
    }

    @Test func `is not one that was pulled, whose name the error says`() async throws {
        try await HubScene.with { hub in
            try await hub.publish("old", as: "library/base:latest")
            _ = try await hub.imgtool("store", "rm", "\(hub.registry.host)/library/base")
            #expect(try await hub.imgtool("pull", "base").succeeded)
            try await hub.publish("new", as: "library/base:latest")
            #expect(try await hub.content(from: "base").content == "new")
            _ = try await hub.buildBase("mine", as: "base")
            #expect(try await hub.content(from: "base").content == "mine")
            #expect(try await hub.imgtool("pull", "--attempts", "1", "base").succeeded)
            let cached = try await hub.content(from: "base")
            #expect(cached.content == "new")
        }
    }

    @Test func `fails for a platform that it was not built for`() async throws {
        try await HubScene.with { hub in
            try await hub.publish("stranger", as: "library/one:latest")
            try await hub.publish("stranger", as: "library/two:latest")
            _ = try await hub.buildBase("mine", as: "one")
            _ = try await hub.buildBase("mine", as: "two", platforms: "linux/amd64,linux/s390x")
            for (name, has) in [("one", "it has linux/amd64;"), ("two", "it has linux/amd64, linux/s390x;")] {
                let (content, log) = try await hub.content(from: name, platform: "linux/arm64")
                #expect(content == "")
                #expect(log.contains(has), "\(log)")
                #expect(log.contains("build it for linux/arm64, too, or ask the registry with --pull"), "\(log)")
            }
            #expect(try await hub.content(from: "two", platform: "linux/s390x").content == "mine")
        }
    }

    @Test func `takes what other commands have made of what was built here`() async throws {
        try await HubScene.with { hub in
            _ = try await hub.buildBase("mine", as: "both", platforms: "linux/amd64,linux/arm64")
            _ = try await hub.buildBase("mine", as: "arm", platforms: "linux/arm/v7")
            #expect(try await hub.imgtool("copy", "store:both", "store:copied").succeeded)
            #expect(try await hub.imgtool("copy", "--platform", "linux/amd64", "store:both", "store:single").succeeded)
            #expect(try await hub.imgtool("create", "-t", "store:all", "store:both", "store:arm").succeeded)
            for name in ["copied", "single", "all"] {
                #expect(try await hub.content(from: name).content == "mine", "\(name)")
            }
            // An index with a stranger's image in it is none that was built here.
            let stranger = try TestLayout(
                in: hub.folder, ["v1": TestImage(Platform(os: "linux", architecture: "s390x"))])
            let mixed = try await hub.imgtool("create", "-t", "store:mixed", "store:both", "oci:\(stranger.path):v1")
            #expect(mixed.succeeded, "\(mixed.error)")
            let (content, log) = try await hub.content(from: "mixed")
            #expect(content == "")
            #expect(log.contains("the local store has it as store:mixed"), "\(log)")
        }
    }
}
