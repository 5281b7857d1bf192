import JSON
import OCI
import TestKit
import Testing

@Suite("A Docker archive")
struct DockerArchiveTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test func `is loaded by skopeo, and keeps the digest on the way back`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": amd64])
            let file = scene.folder.file("a.tar")
            let archive = "docker-archive:\(file)"
            #expect(
                try await scene.succeeds("copy", "\(layout):v1", "\(archive):team/app:1")
                    == "\(archive):docker.io/team/app:1@\(amd64.digest)")
            #expect(try await scene.succeeds("tags", archive) == "docker.io/team/app:1")
            try await Tool.skopeo.output("copy", "\(archive):team/app:1", "oci:\(scene.folder.file("theirs")):v1")
            try await Tool.umoci.output(
                "unpack", "--rootless", "--image", "\(scene.folder.file("theirs")):v1", scene.folder.file("bundle"))
            #expect(try scene.folder.text("bundle/rootfs/platform.txt") == "linux/amd64\n")
            #expect(try await scene.succeeds("copy", archive, "store:app").hasSuffix("@\(amd64.digest)"))
            let list = try JSONValue(parsing: try await Tool("tar").run("-xOf", file, "manifest.json").outputBytes)
            #expect(list.array?.first?["RepoTags"] == ["docker.io/team/app:1"])
            #expect(try await Tool("tar").output("-xOf", file, "repositories").hasPrefix(#"{"team/app":{"1":""#))
        }
    }

    @Test func `of skopeo is read, with a manifest that is the same every time`() async throws {
        let layers = [TestLayer("a", "first"), TestLayer("b", "second"), TestLayer("a", "first")]
        let image = TestImage(layers: layers)
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": image])
            let file = scene.folder.file("theirs.tar")
            try await Tool.skopeo.output("copy", "\(layout):v1", "docker-archive:\(file):localhost:5000/app:2")
            #expect(try await scene.succeeds("tags", "docker-archive:\(file)") == "localhost:5000/app:2")
            let first = try await scene.succeeds("copy", "docker-archive:\(file):localhost:5000/app:2", "store:one")
            let second = try await scene.succeeds("copy", "docker-archive:\(file)", "store:two")
            #expect(first.suffix(71) == second.suffix(71))
            try await scene.succeeds("verify", "--deep", "store:one")
            let raw = try await scene.run("inspect", "--raw", "store:one").outputBytes
            let manifest = try ImageManifest(json: JSONValue(parsing: raw))
            #expect(manifest.layers.map(\.digest) == layers.map(\.diffID))
            #expect(manifest.config.digest == Digest(of: image.config))
            try await Tool("gzip").output(file)
            #expect(try await scene.succeeds("digest", "docker-archive:\(file).gz") == String(first.suffix(71)))
        }
    }

    /// What `docker save` made until version 24: a folder for each layer, and links to those that occur again.
    @Test func `of older Dockers is read, links and all`() async throws {
        let plain = TestArchive.tar([("file", Array("content".utf8))])
        let packed = TestArchive.gzip(plain)
        let config = JSONValue.object(
            JSONObject([
                .init("architecture", "amd64"), .init("os", "linux"),
                .init(
                    "rootfs",
                    ["type": "layers", "diff_ids": .array((0..<3).map { _ in .string("\(Digest(of: plain))") })]),
            ])
        ).bytes(.compact)
        try await StoreScene.with { scene in
            try scene.folder.write("in/one/layer.tar", plain)
            try scene.folder.write("in/three/layer.tar", packed)
            try scene.folder.write("in/config.json", config)
            let manifest =
                #"[{"Config":"config.json","RepoTags":["app:1","app:2"],"#
                + #""Layers":["one/layer.tar","two/layer.tar","three/layer.tar"]}]"#
            try scene.folder.write("in/manifest.json", text: manifest)
            let file = scene.folder.file("old.tar")
            try await Tool("sh").output(
                "-c",
                "cd \(scene.folder.file("in")) && mkdir two && ln -s ../one/layer.tar two/layer.tar && tar -cf \(file) *"
            )
            #expect(
                try await scene.succeeds("tags", "docker-archive:\(file)")
                    == "docker.io/library/app:1\ndocker.io/library/app:2")
            try await scene.succeeds("copy", "docker-archive:\(file):app:2", "store:app")
            try await scene.succeeds("verify", "--deep", "store:app")
            let raw = try await scene.run("inspect", "--raw", "store:app").outputBytes
            let digests = try ImageManifest(json: JSONValue(parsing: raw)).layers.map(\.digest)
            #expect(digests == [plain, plain, packed].map { Digest(of: $0) })
            expectFailure(
                try await scene.run("digest", "docker-archive:\(file):app:3"), 3, naming: "docker.io/library/app:1")
        }
    }

    @Test func `of several platforms is refused before anything is copied`() async throws {
        let index = TestIndex([amd64, arm64])
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": index])
            let archive = "docker-archive:\(scene.folder.file("a.tar"))"
            expectFailure(try await scene.run("copy", "\(layout):v1", "\(archive):app:1"), 2, naming: "--platform")
            expectFailure(
                try await scene.run("create", "-t", "\(archive):app:1", "\(layout):v1"), 2, naming: "--platform")
            #expect(scene.folder.names() == ["layout"])
            try await scene.succeeds("copy", "--platform", "linux/arm64", "\(layout):v1", "\(archive):app:1")
            #expect(try await scene.succeeds("digest", archive) == "\(arm64.digest)")
        }
    }

    @Test func `is named after what is pulled or copied`() async throws {
        let repo = try await RegistryServer.shared().repository(["v1": amd64])
        try await StoreScene.with { scene in
            let archive = "docker-archive:\(scene.folder.file("a.tar"))"
            try await scene.succeeds("pull", "\(repo):v1", archive)
            #expect(try await scene.succeeds("tags", archive) == "\(repo):v1")
            try await scene.succeeds("copy", "\(repo):v1", archive)
            #expect(try await scene.succeeds("tags", archive) == "\(repo):v1")
            #expect(try await scene.succeeds("digest", archive) == "\(amd64.digest)")
            let layout = try scene.layout(["v1": amd64])
            try await scene.succeeds("copy", "\(layout):v1", archive)
            #expect(try await scene.succeeds("tags", archive) == "")
        }
    }

    @Test(
        "that is not what it says is refused",
        arguments: [
            ("[]", "no image has that name"), ("{", "not JSON"),
            (#"[{"Config":"none.json","Layers":[]}]"#, "none.json"),
            (#"[{"Config":"config.json","Layers":["gone"]}]"#, "diff ids"),
        ])
    func damage(_ manifest: String, _ part: String) async throws {
        try await StoreScene.with { scene in
            let files = [("manifest.json", Array(manifest.utf8)), ("config.json", Array("{}".utf8))]
            let file = try scene.folder.write("a.tar", TestArchive.tar(files))
            let outcome = try await scene.run("digest", "docker-archive:\(file)")
            #expect(outcome.status != 0)
            #expect(outcome.error.contains(part), "\(outcome.error)")
        }
    }
}
