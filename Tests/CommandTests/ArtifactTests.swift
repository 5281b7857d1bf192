import JSON
import OCI
import TestKit
import Testing

@Suite("artifact put, artifact get and blob put")
struct ArtifactTests {
    private let type = "application/vnd.example.release"

    @Test("keep files beside an image", arguments: ImagePlace.Kind.allCases)
    func subject(kind: ImagePlace.Kind) async throws {
        let image = TestImage()
        try await ImagePlace.with(kind, ["v1": image]) { place in
            try await TemporaryFolder.with { folder in
                try folder.write("in/notes.md", text: "notes\n")
                try folder.write("in/tool.bin", text: "tool\n")
                let words = [
                    "artifact", "put", place.name, folder.file("in/notes.md") + ":text/markdown",
                    folder.file("in/tool.bin"), "--artifact-type", type, "--subject", place("v1"), "--annotation",
                    "k=v",
                ]
                let outcome = try await Tool.imgtool.run(words)
                #expect(outcome.status == 0, "\(outcome.error)")
                let digest = try Digest(String(outcome.output.split(separator: "@")[1].dropLast()))
                #expect(outcome.output == "\(place.printedName)@\(digest)\n")
                #expect(try await Tool.imgtool.run(words).output == outcome.output)
                let manifest = try JSONValue(parsing: try #require(place.bytes(digest)))
                #expect(manifest["artifactType"]?.string == type)
                #expect(manifest["subject"]?["digest"]?.string == "\(image.digest)")
                #expect(manifest["annotations"] == ["k": "v"])
                #expect(
                    manifest["layers"]?.array?.map { $0["mediaType"]?.string } == ["text/markdown", MediaType.anyBytes])
                #expect(try await place.referrers(of: "v1").first?["artifactType"]?.string == type)
                let lines = try await printed(
                    "artifact", "get", "--subject", place("v1"), "--artifact-type", type, "-o", folder.file("out"))
                #expect(lines == "\(folder.path)/out/notes.md\n\(folder.path)/out/tool.bin\n")
                #expect(try folder.text("out/notes.md") == "notes\n" && folder.text("out/tool.bin") == "tool\n")
                try await refused(
                    3, "artifact", "get", "--subject", place("v1"), "--artifact-type", "x/y", saying: ["x/y"])
                try await printed("verify", "\(place.name)@\(digest)")
            }
        }
    }

    @Test func `keep files for themselves, for skopeo to copy`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository([:])
        try await TemporaryFolder.with { folder in
            try folder.write("file", text: "content\n")
            try await printed("artifact", "put", "\(repo):r1", folder.file("file"), "--artifact-type", type)
            try await Tool.skopeo.output(
                "copy", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://\(repo):r1",
                "docker://\(repo)-copy:r1")
            #expect(try await printed("artifact", "get", "-o", "-", "\(repo)-copy:r1") == "content\n")
            try await refused(
                2, "artifact", "put", "\(repo):r1", folder.file("no"), "--artifact-type", type, saying: ["no"])
            for type in ["", "notes", "a b/c", "a/b/c", "text/", "text/plain; a=b"] {
                try await refused(
                    2, "artifact", "put", "\(repo):r1", folder.file("file"), "--artifact-type", type,
                    saying: ["no media type"])
            }
            try await refused(
                2, "artifact", "put", "\(repo)-x", folder.file("file"), "--artifact-type", type, "--subject",
                "\(repo):r1", saying: ["is not in there"])
        }
    }

    @Test func `write no file outside of the folder`() async throws {
        let registry = try await RegistryServer.shared()
        for title in ["../out", "/etc/x", "a//b", "."] {
            let bytes = Array("evil".utf8)
            let layer: JSONValue = [
                "mediaType": "text/plain", "digest": .string("\(Digest(of: bytes))"), "size": 4,
                "annotations": ["org.opencontainers.image.title": .string(title)],
            ]
            let config: JSONValue = [
                "mediaType": .string(MediaType.ociEmpty), "digest": .string("\(Digest(of: Array("{}".utf8)))"),
                "size": 2,
            ]
            let manifest: JSONValue = [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest), "artifactType": "x/y",
                "config": config, "layers": [layer],
            ]
            let content = RawContent(
                manifest.text(.compact), mediaType: MediaType.ociManifest, blobs: [bytes, Array("{}".utf8)])
            let repo = try registry.repository(["v1": content])
            try await TemporaryFolder.with { folder in
                try await refused(5, "artifact", "get", "\(repo):v1", "-o", folder.file("in"), saying: ["no name"])
            }
        }
    }

    @Test func `put a blob, from a file or a pipe`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository([:])
        try await TemporaryFolder.with { folder in
            let bytes = bigBlob(3_000_000)
            try folder.write("big", bytes)
            let digest = Digest(of: bytes)
            #expect(try await printed("blob", "put", repo, folder.file("big")) == "\(repo)@\(digest)\n")
            #expect(registry.has(blob: digest, in: path(of: repo)))
            let piped = try await Tool.imgtool.run(["blob", "put", "\(repo)-other", "-"], input: Array("piped".utf8))
            #expect(piped.output == "\(repo)-other@\(Digest(of: Array("piped".utf8)))\n")
            try await refused(
                5, "blob", "put", "\(repo)@\(Digest(of: []))", folder.file("big"), saying: ["its digest is"])
        }
    }

    /// Without the referrers API, the list of referrers is an index that each of them reads, changes and writes.
    @Test func `by several at once are all found`() async throws {
        let registry = try await RegistryServer.shared()
        let image = TestImage()
        let repo = try registry.repository(["v1": image])
        let delay = Fault(.delay(milliseconds: 40), on: "PUT", at: "/manifests/sha256-")
        try await FaultProxy.with(registry, [delay]) { proxy in
            try await TemporaryFolder.with { folder in
                let place = proxy.repository(repo)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<5 {
                        let file = try folder.write("\(number)", text: "\(number)")
                        group.addTask {
                            try await printed(
                                "artifact", "put", place, file, "--artifact-type", type, "--subject", "\(place):v1")
                        }
                    }
                    try await group.waitForAll()
                }
                let found = try await printed("referrers", "--format", "json", "\(repo):v1")
                let referrers = try JSONValue(parsing: found.utf8)["referrers"]?.array ?? []
                #expect(referrers.count == 5)
            }
        }
    }
}
