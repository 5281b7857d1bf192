import JSON
import OCI
import TestKit
import Testing

@Suite("imgtool store")
struct StoreCommandTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test func `ls shows name, digest, platforms, size and age, sorted by name`() async throws {
        let index = TestIndex([amd64, arm64, TestImage.attestation(of: amd64.descriptor)])
        try await StoreScene.with { scene in
            #expect(try await scene.succeeds("store", "ls") == "")
            let layout = try scene.layout(["all": index, "one": arm64])
            try await scene.succeeds("copy", "\(layout):one", "store:b.example/team/b:2")
            try await scene.succeeds("copy", "\(layout):all", "store:a:1")
            let lines = try await scene.succeeds("store", "ls").split(separator: "\n").map(String.init)
            #expect(lines.count == 3)
            #expect(lines[0].hasPrefix("NAME "))
            #expect(lines[1].hasPrefix("b.example/team/b:2 "))
            #expect(lines[2].hasPrefix("docker.io/library/a:1 ") && lines[2].contains(" linux/amd64, linux/arm64 "))
            #expect(lines[2].hasSuffix("1970-01-01T00:00:00Z"))
            let json = try JSONValue(parsing: try await scene.run("store", "ls", "--format", "json").outputBytes)
            let size = index.everything.reduce(0) { $0 + $1.count }
            #expect(
                json.array?.last == [
                    "name": "docker.io/library/a:1", "digest": .string("\(index.digest)"),
                    "mediaType": .string(MediaType.ociIndex), "platforms": ["linux/amd64", "linux/arm64"],
                    "size": .integer(Int64(size)), "created": "1970-01-01T00:00:00Z",
                ])
            #expect(
                try await scene.succeeds("store", "ls", "--format", "{{.Name}} {{len .Platforms}}")
                    == "b.example/team/b:2 1\ndocker.io/library/a:1 2")
        }
    }

    @Test func `ls shows images that other tools have put there`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["one": arm64])
            try await Tool.skopeo.output("copy", "\(layout):one", "oci:\(scene.path):theirs:1")
            let template = "{{.Name}} {{json .Platforms}} {{.Size}}"
            let size = arm64.everything.reduce(0) { $0 + $1.count }
            #expect(
                try await scene.succeeds("store", "ls", "--format", template)
                    == "docker.io/library/theirs:1 [\n  \"linux/arm64\"\n] \(size)")
        }
    }

    @Test func `rm takes names with and without store:, and digests, and says what was not there`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["one": amd64, "two": arm64])
            for name in ["a:1", "b:1", "c"] { try await scene.succeeds("copy", "\(layout):one", "store:\(name)") }
            try await scene.succeeds("copy", "\(layout):two", "store:d:1")
            #expect(
                try await scene.succeeds("store", "rm", "a:1", "store:docker.io/library/b:1")
                    == "docker.io/library/a:1\ndocker.io/library/b:1")
            let partly = try await scene.run("store", "rm", "a:1", "\(arm64.digest)")
            #expect(partly.status == 3)
            #expect(partly.output == "docker.io/library/d:1\n")
            #expect(partly.error.contains("cannot remove docker.io/library/a:1"))
            #expect(try await scene.succeeds("store", "ls", "--format", "{{.Name}}") == "docker.io/library/c:latest")
            #expect(try await scene.run("store", "rm", "oci:x").status == 2)
        }
    }

    @Test func `gc removes what no image needs, and nothing else`() async throws {
        try await StoreScene.with { scene in
            let signature = TestImage.artifact("application/x", "of amd64", subject: amd64.descriptor)
            let registry = try await RegistryServer.shared()
            let repo = try registry.repository(["index": TestIndex([amd64, arm64]), "amd64": amd64])
            try registry.put(signature, in: path(of: repo))
            try await scene.succeeds("copy", "\(repo):index", "store:all:1")
            try await scene.succeeds("copy", "\(repo)@\(signature.digest)", "store:amd64@\(signature.digest)")
            try await scene.succeeds("copy", "\(repo):amd64", "store:amd64:1")
            try await scene.succeeds("store", "rm", "all:1")
            #expect(try await scene.succeeds("store", "gc") == "")
            let plan = try await scene.succeeds("store", "gc", "--grace", "0", "--dry-run")
            #expect(Set(plan.split(separator: "\n")).isSuperset(of: arm64.everything.map { "\(Digest(of: $0))" }))
            #expect(try await scene.succeeds("store", "gc", "--grace", "0") == plan)
            #expect(try await scene.succeeds("store", "gc", "--grace", "0") == "")
            let kept = Set((amd64.everything + signature.everything).map { Digest(of: $0).hex })
            #expect(Set(scene.folder.names(in: "store/blobs/sha256")) == kept)
            try await scene.succeeds("verify", "store:amd64:1")
            #expect(try await scene.succeeds("referrers", "store:amd64:1").contains("\(signature.digest)"))
            try await scene.succeeds("store", "rm", "amd64:1")
            try await scene.succeeds("store", "gc", "--grace", "0")
            #expect(scene.folder.names(in: "store/blobs/sha256") == [])
            try await scene.succeeds("store", "check")
        }
    }

    @Test func `gc keeps what was written before, but is needed again since`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["one": amd64])
            try await scene.succeeds("copy", "\(layout):one", "store:one")
            try await scene.succeeds("store", "rm", "one")
            let store = scene.path
            try await Tool("sh").output("-c", "find \(store)/blobs -type f | xargs touch -d '2 days ago'")
            try await scene.succeeds("blob", "get", "store:one@\(Digest(of: amd64.config))")
            // Somebody who has copied the image, and has not come to naming it.
            try await scene.succeeds("copy", "\(layout):one", "store:again")
            try await scene.succeeds("store", "rm", "again")
            #expect(try await scene.succeeds("store", "gc") == "")
            try await Tool("sh").output("-c", "find \(store)/blobs -type f | xargs touch -d '2 days ago'")
            #expect(try await scene.succeeds("store", "gc").split(separator: "\n").count == amd64.everything.count)
        }
    }

    @Test func `du tells what is an image's own and what it shares`() async throws {
        try await StoreScene.with { scene in
            let index = TestIndex([amd64, arm64])
            let layout = try scene.layout(["index": index, "amd64": amd64])
            try await scene.succeeds("copy", "\(layout):index", "store:all")
            try await scene.succeeds("copy", "\(layout):amd64", "store:one")
            try await scene.succeeds("copy", "\(layout):amd64", "store:twin")
            func size(_ contents: [[UInt8]]) -> JSONValue { .integer(Int64(contents.reduce(0) { $0 + $1.count })) }
            let rest = arm64.everything + [index.manifest]
            let json = try JSONValue(parsing: try await scene.run("store", "du", "--format", "json").outputBytes)
            let images = try #require(json["images"]?.array)
            #expect(
                images.map { $0["size"] } == [size(index.everything), size(amd64.everything), size(amd64.everything)])
            #expect(images.map { $0["own"] } == [size(rest), 0, 0])
            #expect(json["total"] == size(index.everything))
            #expect(json["unreferenced"] == 0)
            try await scene.succeeds("store", "rm", "all")
            #expect(try await scene.succeeds("store", "du").contains("unreferenced"))
            let after = try JSONValue(parsing: try await scene.run("store", "du", "--format", "json").outputBytes)
            #expect(after["unreferenced"] == size(rest))
        }
    }
}

@Suite("imgtool store check")
struct StoreCheckTests {
    private let image = TestImage()

    /// Runs `body` with a store that has the image, and then the check.
    private func check(
        _ damage: (StoreScene) async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Tool.Outcome {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["one": image])
            try await scene.succeeds("copy", "\(layout):one", "store:one:1")
            try await damage(scene)
            return try await scene.run("store", "check", "-q")
        }
    }

    @Test func `finds nothing wrong in a store that is whole, or not there`() async throws {
        #expect(try await check { _ in }.output == "")
        let nothing = try await StoreScene.with { scene in try await scene.succeeds("store", "check") }
        #expect(nothing == "")
    }

    private static let damages = ["missing", "of the wrong size", "of wrong content"]

    @Test("names a blob that is", arguments: damages, 0..<3)
    func blob(_ damage: String, _ number: Int) async throws {
        let content = image.everything[number]
        let digest = Digest(of: content)
        let outcome = try await check { scene in
            let file = scene.folder.file("store/blobs/sha256/\(digest.hex)")
            switch damage {
            case "missing": try await Tool("rm").output(file)
            case "of the wrong size": try scene.folder.write("store/blobs/sha256/\(digest.hex)", content + [1])
            default: try scene.folder.write("store/blobs/sha256/\(digest.hex)", [0] + content.dropFirst())
            }
        }
        #expect(outcome.status == 5)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 1, "\(outcome.output)")
        #expect(outcome.output.hasPrefix("error: docker.io/library/one:1"))
        #expect(outcome.output.contains("\(digest)"))
    }

    @Test(
        "names what is wrong with files",
        arguments: [
            ("index.json", "{", 5, "error: index.json: "), ("oci-layout", "{}", 5, "error: index.json: "),
            ("blobs/sha256/stranger", "", 5, "error: blobs/sha256/stranger: its name is not a digest"),
            ("blobs/md5/x", "", 5, "error: blobs/md5: "), ("stranger", "", 0, "notice: stranger: "),
            (".imgtool-partial-sha256-0", "x", 0, "notice: .imgtool-partial-sha256-0: a process"),
        ])
    func files(_ file: String, _ content: String, _ status: Int, _ line: String) async throws {
        let outcome = try await check { scene in try scene.folder.write("store/\(file)", text: content) }
        #expect(outcome.status == status, "\(outcome.output)")
        #expect(outcome.output.hasPrefix(line), "\(outcome.output)")
        #expect(outcome.output.split(separator: "\n").count == 1, "\(outcome.output)")
    }

    @Test func `names an index that is gone, and names of images that are none`() async throws {
        let gone = try await check { scene in try await Tool("rm").output("\(scene.path)/index.json") }
        #expect(gone.status == 5)
        #expect(gone.output == "error: index.json: it is missing\n")
        let unnamed = try await check { scene in
            try await Tool("sed").output("-i", "s,docker.io/library/one:1,NOT A NAME,", "\(scene.path)/index.json")
        }
        #expect(unnamed.status == 0)
        #expect(unnamed.output.hasPrefix("notice: NOT A NAME: it cannot be referred to"))
    }

    @Test func `leaves out the content when it is to be quick`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["one": image])
            try await scene.succeeds("copy", "\(layout):one", "store:one:1")
            try scene.folder.write("store/blobs/sha256/\(Digest(of: image.config).hex)", [0] + image.config.dropFirst())
            #expect(try await scene.run("store", "check", "--quick").status == 0)
            #expect(try await scene.run("store", "check").status == 5)
        }
    }
}
