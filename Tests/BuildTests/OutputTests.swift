import JSON
import OCI
import TestKit
import Testing

@Suite("An output of a build", .enabled(if: Machine.canBuild))
struct OutputTests {
    /// Builds one file from scratch.
    private func build(
        _ arguments: String..., dockerfile: String = "FROM scratch\nCOPY file /file\n", in folder: TemporaryFolder
    ) async throws -> Tool.Outcome {
        try folder.write("context/Dockerfile", text: dockerfile)
        try folder.write("context/file", text: "content\n")
        return try await Builder.shared().imgtool(["build"] + arguments + ["context"], in: folder.path)
    }

    private func expectSuccess(_ outcome: Tool.Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(outcome.succeeded, "\(outcome.error)", sourceLocation: sourceLocation)
    }

    /// The annotations of the entries of an `index.json`.
    private func names(in index: [UInt8]) throws -> [[String: String]] {
        try JSONValue(parsing: index)["manifests"]?.array?.map { entry in
            let members = entry["annotations"]?.object?.members ?? []
            return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.string ?? "") })
        } ?? []
    }

    private static func annotations(_ name: String, _ tag: String) -> [String: String] {
        ["io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag]
    }

    @Test(
        "as an archive or a layout has all names, in full and as tags, in folders that it makes",
        arguments: [
            "type=oci,dest=new/dir/x.tar", "type=docker,dest=new/dir/x.tar", "type=oci,tar=false,dest=new/dir/x",
        ])
    func names(_ output: String) async throws {
        try await TemporaryFolder.with { folder in
            expectSuccess(try await build("-q", "-t", "my/img:3", "-t", "a", "-t", "b", "-o", output, in: folder))
            let isFolder = output.contains("tar=false")
            let path = folder.file("new/dir/x")
            let index =
                isFolder
                ? try folder.bytes("new/dir/x/index.json")
                : try await Tool("tar").run(["-xOf", "\(path).tar", "index.json"]).outputBytes
            #expect(
                try names(in: index) == [
                    Self.annotations("docker.io/my/img:3", "3"),
                    Self.annotations("docker.io/library/a:latest", "latest"),
                    Self.annotations("docker.io/library/b:latest", "latest"),
                ])
            let reference = isFolder ? "oci:\(path):3" : "docker-archive:\(path).tar:my/img:3"
            #expect(try await Tool.imgtool.run("verify", reference).succeeded)
            if !isFolder {
                // What podman and older Docker engines read.
                let list = try await Tool("tar").run(["-xOf", "\(path).tar", "manifest.json"]).outputBytes
                #expect(
                    try JSONValue(parsing: list).array?.first?["RepoTags"] == [
                        "docker.io/my/img:3", "docker.io/library/a:latest", "docker.io/library/b:latest",
                    ])
            }
        }
    }

    @Test func `as an archive has no name when the image has none`() async throws {
        try await TemporaryFolder.with { folder in
            let built = try await build("-q", "-o", "type=oci,dest=x.tar", in: folder)
            expectSuccess(built)
            let index = try await Tool("tar").run(["-xOf", folder.file("x.tar"), "index.json"]).outputBytes
            #expect(try names(in: index) == [[:]])
            let digest = try await Tool.imgtool.run("digest", "oci-archive:\(folder.file("x.tar"))").output
            #expect(built.output == "oci-archive:x.tar@\(digest)")
        }
    }

    @Test func `replaces a name in a layout, and no other`() async throws {
        try await TemporaryFolder.with { folder in
            let output = "type=oci,tar=false,dest=x"
            expectSuccess(try await build("-q", "-t", "a:1", "-t", "b:1", "-t", "a:2", "-o", output, in: folder))
            let other = "FROM scratch\nCOPY file /other\n"
            expectSuccess(try await build("-q", "-t", "a:1", "-o", output, dockerfile: other, in: folder))
            // A tag means one image.
            #expect(
                try names(in: folder.bytes("x/index.json")) == [
                    Self.annotations("docker.io/library/a:1", "1"), Self.annotations("docker.io/library/a:2", "2"),
                ])
        }
    }

    @Test func `of several platforms goes into one folder where that is asked for`() async throws {
        try await TemporaryFolder.with { folder in
            let platforms = "linux/amd64,linux/arm64"
            let dockerfile = "FROM scratch\nARG TARGETARCH\nCOPY file /d/$TARGETARCH\n"
            expectSuccess(
                try await build(
                    "-q", "--platform", platforms, "-o", "type=local,dest=one,platform-split=false",
                    dockerfile: dockerfile, in: folder))
            #expect(folder.names(in: "one/d") == ["amd64", "arm64"])
            expectSuccess(
                try await build(
                    "-q", "--platform", platforms, "-o", "type=tar,dest=new/one.tar,platform-split=false",
                    dockerfile: dockerfile, in: folder))
            #expect(try await Tool("tar").output("-tf", folder.file("new/one.tar")) == "d/\nd/amd64\nd/arm64")
            let failed = try await build(
                "-q", "--platform", platforms, "-o", "type=local,dest=same,platform-split=false", in: folder)
            #expect(failed.status == 2)
            #expect(failed.error.contains("both linux/amd64 and linux/arm64 have file"), "\(failed.error)")
            #expect(!folder.names().contains("same"))
        }
    }

    @Test func `of one platform gets its folder where that is asked for`() async throws {
        try await TemporaryFolder.with { folder in
            let platform = ["--platform", "linux/arm/v7"]
            expectSuccess(
                try await build(
                    "-q", platform[0], platform[1], "-o", "type=local,dest=a,platform-split=true", in: folder))
            #expect(folder.names(in: "a/linux_arm_v7") == ["file"])
            let flags = ["--build-arg", "BUILDKIT_MULTI_PLATFORM=1"]
            expectSuccess(
                try await build("-q", platform[0], platform[1], flags[0], flags[1], "-o", "b", in: folder))
            #expect(folder.names(in: "b/linux_arm_v7") == ["file"])
            expectSuccess(
                try await build(
                    "-q", platform[0], platform[1], flags[0], flags[1], "-o", "type=local,dest=c,platform-split=false",
                    in: folder))
            #expect(folder.names(in: "c") == ["file"])
        }
    }

    @Test func `into a device leaves the device what it is`() async throws {
        try await TemporaryFolder.with { folder in
            for type in ["tar", "oci"] {
                expectSuccess(try await build("-q", "-o", "type=\(type),dest=/dev/null", in: folder))
                #expect(try await Tool("stat").output("-c", "%F", "/dev/null") == "character special file")
            }
        }
    }

    @Test func `with force-compression has no layer that is compressed in another way`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try await BaseImages.layout()
            let base = ["--build-context", "base=oci-layout://\(layout):busybox"]
            let dockerfile = "FROM base\nCOPY file /file\n"
            for (kind, suffix) in [("zstd", "+zstd"), ("uncompressed", "")] {
                let output = "type=oci,dest=\(kind).tar,compression=\(kind),force-compression=true"
                for _ in 1...2 {
                    expectSuccess(
                        try await build(
                            "-q", base[0], base[1], "--platform", "linux/amd64,linux/arm64", "-o", output,
                            dockerfile: dockerfile, in: folder))
                }
                let archive = "oci-archive:\(folder.file("\(kind).tar"))"
                let verified = try await Tool.imgtool.run("verify", "--deep", archive)
                #expect(verified.succeeded, "\(verified.error)")
                let raw = try await Tool.imgtool.run("inspect", "--raw", "--platform", "linux/arm64", archive)
                let types = try JSONValue(parsing: raw.outputBytes)["layers"]?.array?.map { $0["mediaType"]?.string }
                #expect(Set(types ?? []) == ["application/vnd.oci.image.layer.v1.tar\(suffix)"])
                #expect((types?.count ?? 0) > 1)
            }
        }
    }

    @Test("in Docker's media types can be given those of OCI", arguments: ["gzip", "zstd", "uncompressed"])
    func dockerTypes(compression: String) async throws {
        try await TemporaryFolder.with { folder in
            let form = "type=oci,dest=a.tar,oci-mediatypes=false,compression=\(compression)"
            expectSuccess(try await build("-q", "-t", "a:1", "-o", form, in: folder))
            let archive = "oci-archive:\(folder.file("a.tar")):1"
            let layout = "oci:\(folder.file("layout")):1"
            let copied = try await Tool.imgtool.run("copy", "--media-types", "oci", archive, layout)
            #expect(copied.succeeded, "\(copied.error)")
            var types: [String] = []
            for name in [archive, layout] {
                let raw = try await Tool.imgtool.run("inspect", "--raw", name)
                let layers = try JSONValue(parsing: raw.outputBytes)["layers"]?.array
                types.append(layers?.first?["mediaType"]?.string ?? "")
            }
            let kind: LayerMediaType = ["gzip": .gzip, "zstd": .zstd][compression] ?? .tar
            #expect(types == [kind.docker, kind.oci])
        }
    }

    @Test func `with registry.insecure goes to a registry that nobody vouches for`() async throws {
        try await RegistryServer.with(over: .tls) { registry in
            try await TemporaryFolder.with { folder in
                let output = "type=image,push=true,name=\(registry.host)/app:1"
                let refused = try await build("-q", "-o", output, in: folder)
                #expect(refused.status == 1)
                expectSuccess(try await build("-q", "-o", "\(output),registry.insecure=true", in: folder))
                #expect(registry.tags(of: "app") == ["1"])
            }
        }
    }

    @Test func `without a name is a digest, and it is said how to name it`() async throws {
        try await TemporaryFolder.with { folder in
            let quiet = try await build("-q", in: folder)
            #expect(quiet.succeeded)
            #expect(quiet.error == "")
            let shown = try await build(in: folder)
            #expect(shown.output == quiet.output)
            #expect(shown.error.contains("build it with -t NAME"), "\(shown.error)")
            let named = try await build("-q", "-t", "named", in: folder)
            #expect(named.output == "store:docker.io/library/named:latest@\(quiet.output)")
            let several = try await build("-q", "--platform", "linux/amd64,linux/arm64", in: folder)
            #expect(several.output.hasPrefix("sha256:"))
            #expect(several.output != quiet.output)
        }
    }
}
