import JSON
import OCI
import TestKit
import Testing

@Suite("A build on nodes", .enabled(if: DockerEngine.isAvailable), .timeLimit(.minutes(5)))
struct NodeBuildTests {
    /// Different in each test, so that none finds it in the cache of the engine that they share.
    private static let cross = """
        FROM --platform=$BUILDPLATFORM shell AS made
        ARG TARGETPLATFORM TEST
        \(NodeScene.run("echo built for $TARGETPLATFORM > /made"))
        FROM scratch
        COPY --from=made /made /made
        LABEL org.example.a=b
        """

    @Test func `gives one index of what each node has built`() async throws {
        let registry = try await RegistryServer.shared()
        try await NodeScene.withTwo(platforms: ["linux/amd64", "linux/arm64"]) { scene in
            let name = "\(registry.host)/\(registry.freshRepository()):1"
            let build = try scene.build(
                Self.cross, "--build-arg", "TEST=index", "--platform", "linux/arm64,linux/amd64", "--push", "-t", name,
                "--metadata-file",
                scene.folder.file("metadata.json"))
            let outcome = try await scene.succeeds(build)
            #expect(outcome.error.contains("[linux/amd64 node0 made 1/1] RUN"))
            #expect(outcome.error.contains("[linux/arm64 node1 made 1/1] RUN"))
            let digest = try #require(outcome.output.split(separator: "@").last?.dropLast())
            let metadata = try JSONValue(parsing: scene.folder.bytes("metadata.json"))
            #expect(metadata["containerimage.digest"]?.string == String(digest))
            let platforms = try await scene.succeeds(
                ["inspect", name, "--format", "{{range .Manifest.Manifests}}{{.Platform.Architecture}} {{end}}"])
            #expect(platforms.output == "arm64 amd64 \n")
            try await scene.succeeds(["verify", "--deep", name])
            for platform in ["amd64", "arm64"] {
                let file = try await scene.succeeds(["cat", "--platform", "linux/\(platform)", name, "/made"])
                #expect(file.output == "built for linux/\(platform)\n")
            }
            // Once more, nothing comes over, and nothing is written.
            let again = try await scene.succeeds(build)
            #expect(again.output == outcome.output)
            #expect(again.error.contains("is already there"))
        }
    }

    @Test func `goes to layouts, archives, the store and folders`() async throws {
        try await NodeScene.with { scene in
            let (layout, archive) = (scene.folder.file("layout"), scene.folder.file("image.tar"))
            let build = try scene.build(
                Self.cross, "--build-arg", "TEST=outputs", "-o", "type=oci,tar=false,dest=\(layout)", "-o",
                "type=docker,dest=\(archive)",
                "-o", "type=local,dest=\(scene.folder.file("files"))", "-o",
                "type=tar,dest=\(scene.folder.file("f.tar"))",
                "-o", "type=image,name=local/app,oci-mediatypes=false")
            try await scene.succeeds(build)
            try await scene.succeeds(["verify", "--deep", "oci:\(layout)"])
            try await scene.succeeds(["verify", "--deep", "docker-archive:\(archive)"])
            #expect(try scene.folder.text("files/made") == "built for linux/amd64\n")
            #expect(try scene.folder.bytes("f.tar").count > 512)
            let types = try await scene.succeeds(["inspect", "--raw", "store:local/app"])
            #expect(types.output.contains("vnd.docker.image.rootfs.diff.tar.gzip"))
        }
    }

    @Test func `reads base images of this machine from here`() async throws {
        try await NodeScene.with { scene in
            let base = try scene.build("FROM shell\n\(NodeScene.run("echo base > /base"))", "-t", "local/base")
            try await scene.succeeds(base)
            let build = try scene.build(
                "FROM local/base\n\(NodeScene.run("read x < /base; echo $x and more > /more"))", "-t", "local/more")
            try await scene.succeeds(build)
            #expect(try await scene.succeeds(["cat", "store:local/more", "/more"]).output == "base and more\n")
        }
    }

    @Test func `may be shared with this machine`() async throws {
        try await NodeScene.with { scene in
            let create = ["builder", "create", "--name", "mixed"]
            try await scene.succeeds(create + ["--node", "here", "--platform", "linux/amd64"])
            try await scene.succeeds(
                create + ["--append", "--node", "there", "--driver", "docker", "--platform", "linux/arm64"]
                    + ["unix://\(scene.engines[0].socket)"])
            let build = try scene.build(
                Self.cross, "--build-arg", "TEST=mixed", "--builder", "mixed", "--platform", "linux/amd64,linux/arm64",
                "-t", "local/app", "-o", "type=image", "-o", "type=local,dest=\(scene.folder.file("files"))")
            let outcome = try await scene.succeeds(build)
            #expect(outcome.error.contains("[linux/amd64 made 1/1] RUN"))
            #expect(outcome.error.contains("[linux/arm64 there made 1/1] RUN"))
            try await scene.succeeds(["verify", "--deep", "store:local/app"])
            for platform in ["amd64", "arm64"] {
                let file = try await scene.succeeds([
                    "cat", "--platform", "linux/\(platform)", "store:local/app", "/made",
                ])
                #expect(file.output == "built for linux/\(platform)\n")
                #expect(try scene.folder.text("files/linux_\(platform)/made") == file.output)
            }
            let failing = try scene.build("FROM shell\n\(NodeScene.run("exit 7"))", "--builder", "mixed")
            let failure = try await scene.imgtool(failing)
            #expect(failure.error.contains("ended with exit code 7"))
        }
    }

    @Test func `says where a step has failed, and on which node`() async throws {
        try await NodeScene.with { scene in
            let build = try scene.build("FROM shell\n\(NodeScene.run("echo oh no; exit 7"))")
            let outcome = try await scene.imgtool(build)
            #expect(outcome.status == 1)
            let file = scene.folder.file("app/Dockerfile")
            #expect(
                outcome.error.hasSuffix(
                    "imgtool: cannot build for linux/amd64: the step at \(file):4:1 ended with exit code 7 on the node "
                        + "node0\n"))
            #expect(outcome.error.contains("  oh no\n\(file):4:1: it ended with exit code 7 on the node node0\n"))
        }
    }

    @Test func `refuses a platform that no node has, and says who has what`() async throws {
        try await NodeScene.with(platforms: ["linux/amd64"]) { scene in
            let outcome = try await scene.imgtool(try scene.build("FROM shell\n", "--platform", "linux/s390x"))
            #expect(outcome.status == 3)
            #expect(
                outcome.error.contains(
                    "cannot build for linux/s390x: no node of the builder nodes has it; node0 has linux/amd64 by "
                        + "declaration"))
        }
    }

    @Test func `goes on with another node when one is lost`() async throws {
        try await NodeScene.withTwo { scene in
            // The first node gets the only platform, unless it is the second that is least busy.
            let build = try scene.build(
                "FROM shell\nRUN --network=none [\"sh\", \"-c\", \"echo begun; sleep 2; echo over > /over\"]\n",
                "--platform", "linux/amd64,linux/amd64/v2", "-o", "type=local,dest=\(scene.folder.file("out"))")
            let task = Task { try await scene.imgtool(build) }
            try await Task.sleep(for: .seconds(1))
            scene.engines[1].kill()
            let outcome = try await task.value
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.error.contains("warning: the node node1 was lost: "))
            #expect(outcome.error.contains("node0 builds linux/amd64"))
            #expect(scene.folder.files().filter { $0.hasSuffix("/over") }.count == 2)
        }
    }
}
