import Builders
import OCI
import Registry
import TestKit
import Testing

@Suite("What docker and docker buildx have set up is understood", .enabled(if: Buildx.isAvailable))
struct BuildxStateTests {
    private func buildx(_ scene: BuilderScene, _ words: String...) async throws {
        let outcome = try await Buildx.tool.run(words, environment: scene.environment, home: scene.home)
        try #require(outcome.status == 0, "\(outcome.error)")
    }

    private func docker(_ scene: BuilderScene, _ words: String...) async throws {
        let outcome = try await Buildx.docker.run(words, environment: scene.environment, home: scene.home)
        try #require(outcome.status == 0, "\(outcome.error)")
    }

    @Test func `about the nodes of a builder`() async throws {
        let scene = try BuilderScene()
        let socket = "unix://\(scene.home.file("none.sock"))"
        try await buildx(
            scene, "create", "--name", "rem", "--driver", "remote", "--platform", "linux/amd64,arm64", "--platform",
            "linux/arm/v7", socket)
        try await buildx(
            scene, "create", "--name", "rem", "--append", "--driver-opt", "cacert=/ca,cert=/c,key=/k",
            "tcp://127.0.0.1:9")
        let builder = try scene.directory.named("rem")
        #expect(builder.origin == .buildx && builder.driver == .remote)
        #expect(builder.lastActivity != nil)
        #expect(
            builder.nodes == [
                BuilderNode(
                    name: "rem0", driver: .remote, endpoint: socket,
                    platforms: ["linux/amd64", "linux/arm64", "linux/arm/v7"].map {
                        try! Platform(parsing: $0).normalized
                    }),
                BuilderNode(
                    name: "rem1", driver: .remote, endpoint: "tcp://127.0.0.1:9",
                    options: ["cacert": "/ca", "cert": "/c", "key": "/k"]),
            ])
    }

    @Test("about where its folder is", arguments: ["BUILDX_CONFIG", "DOCKER_CONFIG", ""])
    func folders(variable: String) async throws {
        var scene = try BuilderScene()
        if !variable.isEmpty { scene.environment[variable] = scene.home.file("elsewhere") }
        try await buildx(scene, "create", "--name", "b", "--driver", "remote", "unix:///x")
        #expect(try scene.directory.named("b").nodes.map(\.endpoint) == ["unix:///x"])
        let expected =
            ["BUILDX_CONFIG": "elsewhere/", "DOCKER_CONFIG": "elsewhere/buildx/"][variable] ?? ".docker/buildx/"
        #expect(scene.home.has("\(expected)instances/b"))
    }

    @Test func `about the selected builder`() async throws {
        var scene = try BuilderScene()
        func current() throws -> String { try BuilderDirectory(scene.locations, followsBuildx: true).current().name }
        for name in ["a", "b"] {
            try await buildx(scene, "create", "--name", name, "--driver", "remote", "unix:///\(name)")
        }
        #expect(try current() == "default")
        try await buildx(scene, "use", "a")
        #expect(try current() == "a")
        #expect(try scene.directory.current() == .builtIn)
        scene.environment["DOCKER_HOST"] = "tcp://127.0.0.1:9"
        #expect(try current() == "default")
        try await buildx(scene, "use", "--default", "b")
        #expect(try current() == "b")
        scene.environment["DOCKER_HOST"] = nil
        try await buildx(scene, "use", "a")
        scene.environment["DOCKER_HOST"] = "tcp://127.0.0.1:9"
        #expect(try current() == "b")
        try await buildx(scene, "use", "--global", "a")
        scene.environment["DOCKER_HOST"] = "tcp://127.0.0.1:10"
        #expect(try current() == "a")
        // What is selected here counts more.
        try await scene.directory.select(.builtIn)
        #expect(try current() == "default")
    }

    @Test func `about contexts, with their certificates`() async throws {
        var scene = try BuilderScene()
        let certificates = try await TestCertificates(in: scene.home)
        try await docker(scene, "context", "create", "node-amd64", "--docker", "host=unix:///run/a.sock")
        try await docker(
            scene, "context", "create", "node-arm64", "--docker",
            "host=tcp://127.0.0.1:9,ca=\(certificates.authority),cert=\(certificates.client),key=\(certificates.clientKey)"
        )
        try await docker(
            scene, "context", "create", "lax", "--docker", "host=tcp://127.0.0.1:9,skip-tls-verify=true")
        let contexts = try scene.directory.contexts.all()
        #expect(contexts.map(\.name) == ["lax", "node-amd64", "node-arm64"])
        #expect(contexts[0].tls == NodeCertificates(acceptsAny: true))
        #expect(contexts[1].tls == nil && contexts[1].host == "unix:///run/a.sock")
        let folder = ".docker/contexts/tls/\(Digest(of: Array("node-arm64".utf8)).hex)/docker"
        #expect(
            contexts[2].tls
                == NodeCertificates(
                    authority: scene.home.file("\(folder)/ca.pem"), certificate: scene.home.file("\(folder)/cert.pem"),
                    key: scene.home.file("\(folder)/key.pem")))
        #expect(try scene.names() == ["default", "lax", "node-amd64", "node-arm64"])
        #expect(try scene.directory.contexts.currentName() == "default")
        try await docker(scene, "context", "use", "node-amd64")
        #expect(try scene.directory.contexts.currentName() == "node-amd64")
        scene.environment["DOCKER_CONTEXT"] = "lax"
        #expect(try scene.directory.contexts.currentKey() == "lax")
        scene.environment["DOCKER_HOST"] = "tcp://127.0.0.1:9"
        #expect(try scene.directory.contexts.currentKey() == "tcp://127.0.0.1:9")
        let error = #expect(throws: ImageError.self) { try scene.directory.contexts.named("none") }
        #expect(error?.code == .notFound)
    }

    @Test func `about the environment's engine`() throws {
        var scene = try BuilderScene()
        func engine() throws -> DockerContext { try scene.directory.contexts.named("default") }
        #expect(try engine().host == "unix:///var/run/docker.sock")
        scene.environment = ["DOCKER_HOST": "tcp://h:2376", "DOCKER_CERT_PATH": scene.home.path]
        #expect(try engine().tls == nil)
        try scene.home.write("ca.pem", text: "any")
        scene.environment["DOCKER_TLS_VERIFY"] = "1"
        #expect(try engine().tls == NodeCertificates(authority: scene.home.file("ca.pem")))
        scene.environment["DOCKER_TLS_VERIFY"] = nil
        scene.environment["DOCKER_TLS"] = "1"
        #expect(try engine().tls?.acceptsAny == true)
    }
}
