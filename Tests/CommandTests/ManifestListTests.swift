import JSON
import OCI
import TestKit
import Testing

@Suite("imgtool manifest, as docker manifest")
struct ManifestListTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private let armv7 = TestImage(Platform(os: "linux", architecture: "arm", variant: "v7"))

    /// The index that a tag of a registry's repository holds.
    private func index(_ repo: String, _ tag: String, in registry: RegistryServer) throws -> Index {
        let digest = try #require(registry.digest(of: tag, in: path(of: repo)))
        return try Index(json: JSONValue(parsing: try #require(registry.stored(digest))))
    }

    @Test func `runs scripts that were written for docker`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["amd64": amd64, "arm64": arm64, "arm": armv7])
        let script = """
            shopt -s expand_aliases
            set -euo pipefail
            alias docker=\(Tool.imgtool.program)
            export DOCKER_CLI_EXPERIMENTAL=enabled
            REPO=\(repo)
            docker manifest create --insecure "$REPO:latest" "$REPO:amd64" "$REPO:arm64"
            docker manifest create -a "$REPO:latest" "$REPO:arm"
            for arch in amd64 arm64; do
              docker manifest annotate --os linux --arch $arch --variant "" "$REPO:latest" "$REPO:$arch"
            done
            docker manifest annotate "$REPO:latest" "$REPO:arm" --arch arm --variant v6 --os-version 1.2 --os-features a,b
            docker manifest inspect "$REPO:latest" > list.json
            docker manifest inspect "$REPO:latest" "$REPO:arm" > arm.json
            digest=$(docker manifest push --purge=true --insecure "$REPO:latest")
            test "$(docker manifest inspect -v "$REPO:latest" | grep -c '"Ref"')" = 3
            docker manifest inspect --insecure=true "$REPO@$digest" | cmp - list.json
            ! docker manifest rm "$REPO:latest" 2> error
            grep -q "$REPO:latest" error
            echo "$digest"
            """
        try await StoreScene.with { scene in
            let outcome = try await Tool("bash").run(
                ["-c", "cd \(scene.folder.path)\n" + script], environment: ["IMGTOOL_STORE": scene.path])
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
            let lines = outcome.output.split(separator: "\n")
            #expect(
                lines.prefix(2) == ["Created manifest list \(repo):latest", "Created manifest list \(repo):latest"])
            let pushed = try index(repo, "latest", in: registry)
            #expect(lines.last == "\(try #require(registry.digest(of: "latest", in: path(of: repo))))")
            #expect(pushed.manifests.map(\.digest) == [amd64, arm64, armv7].map(\.digest))
            let platform = try #require(pushed.manifests[2].platform)
            #expect(platform.variant == "v6" && platform.osVersion == "1.2" && platform.osFeatures == ["a", "b"])
            let image = try JSONValue(parsing: try scene.folder.bytes("arm.json"))
            #expect(image == (try JSONValue(parsing: armv7.manifest)))
        }
    }

    @Test func `takes indexes, other registries, layouts and images that were not pushed`() async throws {
        let registry = try await RegistryServer.shared()
        let attested = TestIndex([amd64, TestImage.attestation(of: amd64.descriptor)])
        let repo = registry.freshRepository("lists")
        try await RegistryServer.with { other in
            try other.put(attested, in: "elsewhere", tag: "1")
            try await StoreScene.with { scene in
                let layout = try scene.layout(["arm64": arm64, "armv7": armv7])
                let name = "\(registry.host)/\(repo)"
                try await scene.succeeds("copy", "\(layout):armv7", "store:\(name):armv7")
                try await scene.succeeds(
                    "manifest", "create", "\(name):1", "\(layout):arm64", "\(other.host)/elsewhere:1", "\(name):armv7")
                #expect(registry.tags(of: repo) == [])
                try await scene.succeeds("store", "gc", "--grace", "0")
                let check = try await scene.run("store", "check", "-q")
                #expect(check.output == "" && check.status == 0)
                #expect(
                    try await scene.succeeds("store", "ls", "--format", "{{.Name}}") == "\(name):armv7")
                let digest = try await scene.succeeds("manifest", "push", "\(name):1")
                let pushed = try index(name, "1", in: registry)
                #expect(
                    pushed.manifests.map(\.digest) == [arm64.digest] + attested.children.map(\.digest) + [armv7.digest])
                #expect(pushed.manifests[2].attestedDigest == "\(amd64.digest)")
                try await scene.succeeds("verify", "\(name)@\(digest)")
            }
        }
    }

    @Test func `amends in place, with what a name stands for now`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["a": amd64, "b": arm64])
        let newer = TestImage(annotations: ["new": "yes"])
        try await StoreScene.with { scene in
            try await scene.succeeds("manifest", "create", "\(repo):1", "\(repo):a", "\(repo):b")
            expectFailure(
                try await scene.run("manifest", "create", "\(repo):1", "\(repo):a"), 2, naming: "it exists", "--amend")
            try await scene.succeeds("manifest", "annotate", "\(repo):1", "\(repo):b", "--variant", "v9")
            try registry.put(newer, in: path(of: repo), tag: "a")
            try await scene.succeeds("manifest", "create", "--amend", "\(repo):1", "\(repo):a")
            try await scene.succeeds("manifest", "push", "\(repo):1")
            let pushed = try index(repo, "1", in: registry)
            #expect(pushed.manifests.map(\.digest) == [newer.digest, arm64.digest])
            #expect(pushed.manifests[1].platform?.variant == "v9")
            // It stays until it is purged, and may be pushed again.
            #expect(try await scene.succeeds("manifest", "ls").contains("\(repo):1 "))
            try await scene.succeeds("manifest", "push", "-p", "\(repo):1")
            #expect(try await scene.succeeds("manifest", "ls") == "")
        }
    }

    @Test func `keeps annotations, and Docker's types where all images have them`() async throws {
        let registry = try await RegistryServer.shared()
        let docker = TestImage(dockerTypes: true)
        let noted = TestIndex([
            TestImage(armv7.platform ?? Platform(os: "linux", architecture: "arm"), entryAnnotations: ["k": "v"])
        ])
        let repo = try registry.repository(["docker": docker, "noted": noted])
        try await StoreScene.with { scene in
            try await scene.succeeds("manifest", "create", "\(repo):1", "\(repo):docker")
            let list = try JSONValue(parsing: try await scene.run("manifest", "inspect", "\(repo):1").outputBytes)
            #expect(list["mediaType"]?.string == MediaType.dockerList)
            try await scene.succeeds("manifest", "create", "--amend", "\(repo):1", "\(repo):noted")
            try await scene.succeeds("manifest", "push", "\(repo):1")
            let pushed = try index(repo, "1", in: registry)
            #expect(pushed.mediaType == MediaType.ociIndex)
            #expect(pushed.manifests[1].annotations == ["k": "v"])
        }
    }

    @Test func `lets an image that says a wrong platform be put right`() async throws {
        let registry = try await RegistryServer.shared()
        let wrong = TestImage(layers: [TestLayer("a", "really arm64")])
        let repo = try registry.repository(["amd64": amd64, "arm64": wrong])
        try await StoreScene.with { scene in
            try await scene.succeeds("manifest", "create", "\(repo):1", "\(repo):amd64", "\(repo):arm64")
            try await scene.succeeds("manifest", "annotate", "\(repo):1", "\(repo):arm64", "--arch", "arm64")
            try await scene.succeeds("manifest", "push", "\(repo):1")
            let pushed = try index(repo, "1", in: registry)
            #expect(pushed.manifests.map { $0.platform?.architecture } == ["amd64", "arm64"])
        }
    }

    @Test func `lists an image of two names twice, and changes one`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v6": armv7, "v7": armv7, "arm64": arm64])
        try await StoreScene.with { scene in
            try await scene.succeeds(
                "manifest", "create", "\(repo):1", "\(repo):v6", "\(repo):arm64", "\(repo):v7", "\(repo):v7")
            try await scene.succeeds("manifest", "annotate", "\(repo):1", "\(repo):v6", "--variant", "v6")
            let verbose = try JSONValue(
                parsing: try await scene.run("manifest", "inspect", "-v", "\(repo):1").outputBytes)
            #expect(verbose.array?.compactMap { $0["Ref"]?.string } == ["v6", "arm64", "v7"].map { "\(repo):\($0)" })
            #expect(verbose.array?.last?["Raw"]?.string == Base64.encode(armv7.manifest))
            try await scene.succeeds("manifest", "push", "\(repo):1")
            let pushed = try index(repo, "1", in: registry)
            #expect(pushed.manifests.map(\.digest) == [armv7, arm64, armv7].map(\.digest))
            #expect(pushed.manifests.map { $0.platform?.variant } == ["v6", nil, "v7"])
            let twice = try await scene.run(
                "manifest", "annotate", "\(repo):1", "\(repo)@\(armv7.digest)", "--variant", "v5")
            #expect(twice.status == 2)
        }
    }

    @Test func `shows what docker shows of an image and of a list`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["arm64": arm64, "list": TestIndex([arm64])])
        try await StoreScene.with { scene in
            func verbose(_ tag: String) async throws -> JSONValue {
                try JSONValue(parsing: try await scene.run("manifest", "inspect", "-v", "\(repo):\(tag)").outputBytes)
            }
            let image = try await verbose("arm64")
            #expect(image.object?.members.map(\.name) == ["Ref", "Descriptor", "Raw", "OCIManifest"])
            #expect(image["Ref"]?.string == "\(repo):arm64")
            #expect(image["Raw"]?.string == Base64.encode(arm64.manifest))
            #expect(try await verbose("list").array?.first?["Ref"]?.string == "\(repo):list@\(arm64.digest)")
        }
    }

    @Test func `says what is missing`() async throws {
        let repo = try await RegistryServer.shared().repository(["a": amd64])
        try await StoreScene.with { scene in
            for words in [
                ["push", "\(repo):1"], ["rm", "\(repo):1"], ["annotate", "\(repo):1", "\(repo):a", "--arch", "arm"],
                ["inspect", "\(repo):1", "\(repo):a"], ["inspect", "\(repo):1"],
                ["create", "\(repo):1", "\(repo):none"],
            ] {
                expectFailure(try await scene.run(["manifest"] + words), 3, naming: repo)
            }
            try await scene.succeeds("manifest", "create", "\(repo):1", "\(repo):a")
            expectFailure(
                try await scene.run("manifest", "annotate", "\(repo):1", "\(repo):b", "--arch", "arm"), 3,
                naming: "\(repo):b", "there is \(repo):a")
            expectFailure(
                try await scene.run("manifest", "annotate", "\(repo):1", "\(repo):a", "--arch", "pdp11"), 2,
                naming: "pdp11")
        }
    }
}
