import JSON
import OCI
import TestKit
import Testing

@Suite("edit")
struct EditTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    private var attestation: TestImage { .attestation(of: arm64.descriptor) }
    private var index: TestIndex { TestIndex([amd64, arm64, attestation], annotations: ["b": "1"]) }

    /// The configuration of an image, and its manifest, as they are in a place.
    private func image(_ digest: Digest, in place: ImagePlace) throws -> (config: JSONValue, manifest: JSONValue) {
        let manifest = try JSONValue(parsing: try #require(place.bytes(digest)))
        let config = try Digest(manifest["config"]?["digest"]?.string ?? "")
        return (try JSONValue(parsing: try #require(place.bytes(config))), manifest)
    }

    @Test("changes all images of an index, and attestations follow", arguments: ImagePlace.Kind.allCases)
    func index(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            let outcome = try await Tool.imgtool.run([
                "edit", place("v1"), "--label", "a=x=y", "--env", "A=1", "--cmd", #"["run","it"]"#, "--entrypoint",
                "echo hello", "--user", "5:6", "--workdir", "/srv", "--expose", "80", "--volume", "/data",
                "--stop-signal", "SIGINT", "--set-created", "86400", "--annotation", "k=v", "--annotation",
                "index:i=j", "--annotation", "manifest-descriptor[linux/arm64]:d=e",
            ])
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.error.contains("statements in them are about the old digests"))
            let now = try place.index("v1")
            #expect(outcome.output == "\(place.printedName):v1@\(try #require(try place.digest(of: "v1")))\n")
            #expect(now.annotations == ["b": "1", "i": "j"])
            #expect(now.manifests.map(\.annotations)[0...1] == [[:], ["d": "e"]])
            #expect(now.manifests[2].attestedDigest == "\(now.manifests[1].digest)")
            for (entry, old) in zip(now.manifests, [amd64, arm64]) {
                let (config, manifest) = try image(entry.digest, in: place)
                #expect(manifest["annotations"] == ["k": "v"])
                let settings: JSONValue = [
                    "Labels": ["a": "x=y"], "Env": ["A=1"], "ExposedPorts": ["80/tcp": [:]],
                    "Volumes": ["/data": [:]], "Entrypoint": ["/bin/sh", "-c", "echo hello"],
                    "Cmd": ["run", "it"], "User": "5:6", "WorkingDir": "/srv", "StopSignal": "SIGINT",
                ]
                #expect(config["config"] == settings)
                #expect(config["created"] == "1970-01-02T00:00:00Z")
                let before = try JSONValue(parsing: old.config)
                #expect(config["rootfs"] == before["rootfs"])
                #expect(config["architecture"] == before["architecture"])
            }
            try await printed("verify", "--deep", place("v1"))
        }
    }

    @Test("gives the old bytes when a change is taken back", arguments: ImagePlace.Kind.allCases)
    func undo(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            try await printed(
                "edit", place("v1"), "--label", "a=1", "--env", "A=1", "--user", "5", "--annotation", "k=v")
            #expect(try place.digest(of: "v1") != index.digest)
            try await printed(
                "edit", place("v1"), "--remove-label", "a", "--remove-env", "A", "--user", "", "--remove-annotation",
                "k")
            #expect(try place.digest(of: "v1") == index.digest)
        }
    }

    @Test func `changes the images of chosen platforms only`() async throws {
        try await ImagePlace.with(.registry, ["v1": index]) { place in
            try await printed("edit", place("v1"), "--platform", "linux/arm64", "--label", "a=1")
            let entries = try place.index("v1").manifests
            #expect(entries[0].digest == amd64.digest)
            #expect(try image(entries[1].digest, in: place).config["config"]?["Labels"] == ["a": "1"])
            try await refused(
                3, "edit", place("v1"), "--platform", "linux/s390x", "--label", "a=1",
                saying: ["linux/s390x", "linux/amd64, linux/arm64"])
        }
    }

    @Test func `descends into indexes in an index`() async throws {
        let nested = TestIndex([TestIndex([arm64]), amd64])
        try await ImagePlace.with(.registry, ["v1": nested]) { place in
            try await printed("edit", place("v1"), "--label", "a=1")
            let inner = try place.index("v1").manifests[0]
            let below = try Index(json: JSONValue(parsing: try #require(place.bytes(inner.digest)))).manifests[0]
            #expect(try image(below.digest, in: place).config["config"]?["Labels"] == ["a": "1"])
            try await printed("verify", place("v1"))
        }
    }

    @Test func `keeps Docker's media types`() async throws {
        let docker = TestImage(dockerTypes: true)
        try await ImagePlace.with(.registry, ["v1": docker]) { place in
            try await TemporaryFolder.with { folder in
                try folder.write("new/file", text: "new\n")
                try await printed("edit", place("v1"), "--label", "a=1", "--append-layer", "\(folder.path)/new=/opt")
                let digest = try #require(try place.digest(of: "v1"))
                let manifest = try image(digest, in: place).manifest
                #expect(manifest["mediaType"]?.string == MediaType.dockerManifest)
                #expect(manifest["config"]?["mediaType"]?.string == MediaType.dockerConfig)
                let types = manifest["layers"]?.array?.compactMap { $0["mediaType"]?.string }
                #expect(types == [String](repeating: "application/vnd.docker.image.rootfs.diff.tar.gzip", count: 2))
                try await refused(1, "edit", place("v1"), "--annotation", "a=1", saying: ["no annotations"])
            }
        }
    }

    @Test func `puts the result elsewhere, and leaves the tag alone`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index])
        try await FaultProxy.with(registry) { proxy in
            let seen = proxy.repository(repo)
            let output = try await printed(
                "edit", "\(seen):v1", "-t", "\(seen):v2", "-t", "\(seen)-other:v3", "--label", "a=1", "-q")
            let digest = try #require(registry.digest(of: "v2", in: path(of: repo)))
            #expect(output == "\(seen):v2@\(digest)\n\(seen)-other:v3@\(digest)\n")
            #expect(registry.digest(of: "v3", in: path(of: repo) + "-other") == digest)
            #expect(registry.digest(of: "v1", in: path(of: repo)) == index.digest)
            // Two configurations for each repository; everything else is mounted.
            #expect(proxy.exchanges.count { $0.method == "PUT" && $0.path.contains("/blobs/") } == 4)
            #expect(proxy.exchanges.count { $0.method == "GET" && $0.path.contains("/blobs/") } == 2)
        }
        try await printed("verify", "\(repo)-other:v3")
    }

    @Test func `sends nothing when nothing is different, and nothing with --dry-run`() async throws {
        let registry = try await RegistryServer.shared()
        let labelled = TestImage(config: JSONObject([.init("config", ["Labels": ["a": "1"]])]))
        let repo = try registry.repository(["v1": TestIndex([labelled])])
        try await FaultProxy.with(registry) { proxy in
            let seen = proxy.repository(repo)
            try await printed("edit", "\(seen):v1", "--label", "a=1", "--remove-env", "absent")
            let content = try await printed("edit", "--dry-run", "-q", "\(seen):v1", "--label", "a=2")
            #expect(proxy.writes == 0)
            let json = try await printed("edit", "--json", "\(seen):v1", "--label", "a=2")
            let result = try JSONValue(parsing: json.utf8)
            #expect(result["digest"]?.string == "\(Digest(of: Array(content.utf8)))")
            #expect(result["changed"] == true)
            // The configuration, the manifest, the index by its digest, and the tag.
            #expect(proxy.count("PUT") == 4)
        }
    }

    @Test func `says what refers to replaced content, and copies it when asked`() async throws {
        let signature = TestImage.artifact("application/vnd.example.signature", "signed", subject: amd64.descriptor)
        for copies in [false, true] {
            try await ImagePlace.with(.registry, ["v1": amd64]) { place in
                try await place.push(signature, as: "signature")
                let words = ["edit", place("v1"), "--label", "a=1"] + (copies ? ["--copy-referrers"] : [])
                let outcome = try await Tool.imgtool.run(words)
                #expect(outcome.status == 0)
                #expect(outcome.error.contains("1 referrer of \(amd64.digest) will not be found") == !copies)
                #expect(try await place.referrers(of: "v1").count == (copies ? 1 : 0))
            }
        }
    }

    @Test func `refuses what it cannot read, before anything is fetched`() async throws {
        for (words, part) in [
            (["--label", "a"], "KEY=VALUE"), (["--env", "=1"], "NAME=VALUE"), (["--cmd", "[1]"], "JSON array"),
            (["--expose", "x/tcp"], "PORT"), (["--set-created", "2026-02-31T00:00:00Z"], "not a time"),
            (["--old-base", "x"], "--rebase"), ([], "nothing to change"),
            (["--append-layer", "/absent.tar"], "absent"),
        ] {
            let outcome = try await Tool.imgtool.run(["edit", "localhost:1/none:v1"] + words)
            expectFailure(outcome, 2, naming: part)
        }
        try await ImagePlace.with(.registry, ["v1": TestImage.artifact("text/note", "hello")]) { place in
            try await refused(1, "edit", place("v1"), "--label", "a=1", saying: ["it is not an image"])
        }
    }
}

@Suite("edit --append-layer")
struct AppendLayerTests {
    @Test func `adds archives and folders on top, for umoci and skopeo to read`() async throws {
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm64"])
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": index])
            let tar = TestArchive.tar([("from-tar", Array("tar\n".utf8))])
            try folder.write("plain.tar", tar)
            try folder.write("packed.tgz", TestArchive.gzip(tar))
            try folder.write("new/bin/tool", text: "tool\n")
            let name = "oci:\(layout.path):v1"
            try await printed(
                "edit", "-q", name, "--append-layer", "\(folder.path)/plain.tar", "--append-layer",
                "\(folder.path)/new=/opt/app", "--append-layer", folder.file("packed.tgz"))
            try await printed("verify", "--deep", name)
            let manifest = try JSONValue(
                parsing: try await printed("manifest", "get", "--platform", "linux/arm64", name).utf8)
            #expect(manifest["layers"]?.array?.count == 4)
            #expect(
                manifest["layers"]?.array?.last?["digest"]?.string == "\(Digest(of: TestArchive.gzip(tar)))")
            try await printed("copy", "-q", "--platform", "linux/amd64", name, "oci:\(layout.path):one")
            try await Tool.umoci.output(
                "unpack", "--rootless", "--image", "\(layout.path):one", folder.file("bundle"))
            #expect(try folder.text("bundle/rootfs/from-tar") == "tar\n")
            #expect(try folder.text("bundle/rootfs/opt/app/bin/tool") == "tool\n")
            #expect(try folder.text("bundle/rootfs/platform.txt") == "linux/amd64\n")
            let inspected = try await Tool.skopeo.output("inspect", "oci:\(layout.path):one")
            #expect(try JSONValue(parsing: inspected.utf8)["Layers"]?.array?.count == 4)
        }
    }

    @Test func `adds the same bytes for the same files, and a history where there is one`() async throws {
        let told = TestImage(config: JSONObject([.init("history", [["created_by": "first"]])]))
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["a": told, "b": told])
            try folder.write("new/file", text: "new\n")
            var digests: Set<String> = []
            for tag in ["a", "b"] {
                let output = try await printed(
                    "edit", "oci:\(layout.path):\(tag)", "--set-created", "2000-01-01T00:00:00Z", "--append-layer",
                    "\(folder.path)/new=/")
                digests.insert(String(output.split(separator: "@")[1]))
            }
            #expect(digests.count == 1)
            let config = try JSONValue(parsing: try await printed("inspect", "--config", "oci:\(layout.path):a").utf8)
            let history = config["history"]?.array
            #expect(history?.count == 2)
            #expect(history?[1]["created"] == "2000-01-01T00:00:00Z")
            #expect(history?[1]["created_by"]?.string?.hasPrefix("imgtool edit --append-layer") == true)
        }
    }

    @Test func `refuses what is not an archive`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": TestImage()])
            try folder.write("bad.tar", [UInt8](repeating: 65, count: 2000))
            let name = "oci:\(layout.path):v1"
            try await refused(5, "edit", name, "--append-layer", folder.file("bad.tar"), saying: ["bad.tar"])
            try await refused(2, "edit", name, "--append-layer", "\(folder.path)/absent=/x", saying: ["absent"])
        }
    }
}
