import JSON
import OCI
import TestKit
import Testing

@Suite("An OCI archive")
struct OCIArchiveTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test(
        "holds everything, is the same every time, and is read as it was written",
        arguments: ["tar", "tar.gz", "tar.zst", "tgz"])
    func roundTrip(_ suffix: String) async throws {
        let index = TestIndex([amd64, arm64, TestImage.attestation(of: amd64.descriptor)], annotations: ["k": "v"])
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": index])
            let (one, two) = (scene.folder.file("one.\(suffix)"), scene.folder.file("two.\(suffix)"))
            #expect(
                try await scene.succeeds("copy", "\(layout):v1", "oci-archive:\(one):v1")
                    == "oci-archive:\(one):v1@\(index.digest)")
            try await scene.succeeds("copy", "\(layout):v1", "oci-archive:\(two):v1")
            #expect(try scene.folder.bytes("one.\(suffix)") == scene.folder.bytes("two.\(suffix)"))
            #expect(scene.folder.names() == ["layout", "one.\(suffix)", "two.\(suffix)"])
            #expect(try await scene.succeeds("tags", "oci-archive:\(one)") == "v1")
            #expect(try await scene.succeeds("digest", "oci-archive:\(one)") == "\(index.digest)")
            #expect(try await scene.run("inspect", "--raw", "oci-archive:\(one):v1").outputBytes == index.manifest)
            try await scene.succeeds("verify", "--deep", "oci-archive:\(one):v1")
            #expect(
                try await scene.succeeds("copy", "oci-archive:\(one):v1", "store:back:1").hasSuffix("@\(index.digest)"))
            try await scene.succeeds("verify", "store:back:1")
        }
    }

    @Test func `is exchanged with skopeo in both directions`() async throws {
        let index = TestIndex([amd64, arm64])
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": index])
            let (ours, theirs) = (scene.folder.file("ours.tar"), scene.folder.file("theirs.tar"))
            try await scene.succeeds("copy", "\(layout):v1", "oci-archive:\(ours):v1")
            try await Tool.skopeo.output("copy", "--all", "oci-archive:\(ours):v1", "oci-archive:\(theirs):v2")
            #expect(try await scene.succeeds("digest", "oci-archive:\(theirs):v2") == "\(index.digest)")
            try await scene.succeeds("verify", "--deep", "oci-archive:\(theirs):v2")
            try await Tool("gzip").output(theirs)
            #expect(try await scene.succeeds("digest", "oci-archive:\(theirs).gz:v2") == "\(index.digest)")
        }
    }

    @Test func `has the full name of what is copied, wherever that is known from`() async throws {
        let repo = try await RegistryServer.shared().repository(["v1": amd64])
        try await StoreScene.with { scene in
            let file = scene.folder.file("a.tar")
            func names() async throws -> [String?] {
                let index = try await Tool("tar").run(["-xOf", file, "index.json"]).outputBytes
                let annotations = try JSONValue(parsing: index)["manifests"]?.array?.first?["annotations"]
                return [AnnotationKey.containerdName, AnnotationKey.refName].map { annotations?[$0]?.string }
            }
            #expect(
                try await scene.succeeds("copy", "\(repo):v1", "oci-archive:\(file)")
                    == "oci-archive:\(file):v1@\(amd64.digest)")
            #expect(try await names() == ["\(repo):v1", "v1"])
            try await scene.succeeds("copy", "\(repo):v1", "oci-archive:\(file):2")
            #expect(try await names() == ["\(repo):2", "2"])
            try await scene.succeeds("copy", "\(repo):v1", "store:team/app:3")
            try await scene.succeeds("copy", "store:team/app:3", "oci-archive:\(file)")
            #expect(try await names() == ["docker.io/team/app:3", "3"])
            // From one archive into another, and from those of other kinds.
            let other = scene.folder.file("b.tar")
            try await scene.succeeds("copy", "oci-archive:\(file):3", "docker-archive:\(other)")
            #expect(try await scene.succeeds("tags", "docker-archive:\(other)") == "docker.io/team/app:3")
            try await scene.succeeds("copy", "docker-archive:\(other)", "oci-archive:\(file)")
            #expect(try await names() == ["docker.io/team/app:3", "3"])
            let layout = try scene.layout(["v1": amd64])
            try await scene.succeeds("copy", "\(layout):v1", "oci-archive:\(file):v1")
            #expect(try await names() == [nil, "v1"])
        }
    }

    @Test func `is piped from one command into another`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": amd64])
            let program = Tool.imgtool.program
            let piped = try await Tool("bash").run(
                [
                    "-c",
                    "set -o pipefail; \(program) copy \(layout):v1 oci-archive:- | \(program) copy oci-archive:- store:piped",
                ],
                environment: ["IMGTOOL_STORE": scene.path])
            #expect(piped.status == 0, "\(piped.error)")
            #expect(piped.output == "store:docker.io/library/piped:latest@\(amd64.digest)\n")
            #expect(piped.error == "oci-archive:-:latest@\(amd64.digest)\n")
            let fromFile = try await Tool("bash").run(
                [
                    "-c",
                    "\(program) copy \(layout):v1 oci-archive:\(scene.folder.file("a.tar")); \(program) digest oci-archive:- < \(scene.folder.file("a.tar"))",
                ])
            #expect(fromFile.output.hasSuffix("\(amd64.digest)\n"))
        }
    }

    @Test func `takes what create and merge make, under several tags`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["a": amd64, "b": arm64])
            let file = scene.folder.file("new.tar")
            let printed = try await scene.succeeds(
                "create", "-t", "oci-archive:\(file):one", "-t", "oci-archive:\(file):two", "\(layout):a", "\(layout):b"
            )
            #expect(printed.split(separator: "\n").count == 2)
            #expect(try await scene.succeeds("tags", "oci-archive:\(file)") == "one\ntwo")
            try await scene.succeeds("verify", "oci-archive:\(file):two")
            // A second time, the file is replaced.
            try await scene.succeeds("create", "-t", "oci-archive:\(file):three", "\(layout):a")
            #expect(try await scene.succeeds("tags", "oci-archive:\(file)") == "three")
        }
    }

    @Test func `appears whole or not at all`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["v1": amd64])
            let layer = try #require(amd64.blobs.last)
            try scene.folder.write("layout/blobs/sha256/\(Digest(of: layer).hex)", [0] + layer.dropFirst())
            let file = try scene.folder.write("a.tar", text: "old")
            expectFailure(
                try await scene.run("copy", "\(layout):v1", "oci-archive:\(file):v1"), 5, naming: "has the digest")
            #expect(try scene.folder.text("a.tar") == "old")
            #expect(scene.folder.names() == ["a.tar", "layout"])
        }
    }

    @Test func `is not changed in its place, and says what to do instead`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["a": amd64, "b": arm64])
            let archive = "oci-archive:\(scene.folder.file("a.tar"))"
            try await scene.succeeds("create", "-t", "\(archive):1", "\(layout):a")
            for words in [
                ["create", "--append", "-t", "\(archive):1", "\(layout):b"], ["delete", "\(archive):1"],
                ["annotate", "\(archive):1", "--annotation", "k=v"], ["copy", "\(archive):1", "\(archive):2"],
            ] {
                let outcome = try await scene.run(words)
                expectFailure(outcome, 2, naming: "archives are written as a whole")
            }
        }
    }

    @Test(
        "is refused when it is not one",
        arguments: [
            ("none.tar", 3, "there is no such file"), ("text", 5, "not a tar archive"),
            ("other.tar", 1, "it has no image layout"), ("", 1, "it is a folder"),
        ])
    func others(_ name: String, _ status: Int, _ part: String) async throws {
        try await StoreScene.with { scene in
            try scene.folder.write("text", text: String(repeating: "text ", count: 300))
            try scene.folder.write("other.tar", TestArchive.tar([("a", [1])]))
            let file = name.isEmpty ? scene.folder.path : scene.folder.file(name)
            expectFailure(try await scene.run("digest", "oci-archive:\(file)"), status, naming: part)
        }
    }

    @Test func `that is cut off or damaged is noticed`() async throws {
        try await StoreScene.with { scene in
            let layout = try scene.layout(["a": amd64])
            try await scene.succeeds("copy", "\(layout):a", "oci-archive:\(scene.folder.file("a.tar"))")
            let bytes = try scene.folder.bytes("a.tar")
            try scene.folder.write("cut.tar", bytes.prefix(bytes.count / 2))
            expectFailure(
                try await scene.run("digest", "oci-archive:\(scene.folder.file("cut.tar"))"), 5, naming: "too early")
            let content = try #require(amd64.blobs.last)
            let layer = try #require(bytes.firstRange(of: content))
            var damaged = bytes
            damaged[layer.lowerBound + 20] ^= 1
            try scene.folder.write("damaged.tar", damaged)
            let copy = try await scene.run("copy", "oci-archive:\(scene.folder.file("damaged.tar"))", "store:x")
            expectFailure(copy, 5, naming: "has the digest")
        }
    }
}
