import JSON
import OCI
import TestKit
import Testing

@Suite("Bad input")
struct BadInputTests {
    private let image = TestImage()

    // MARK: Words

    @Test(arguments: [
        (["inspect", "127.0.0.1:1/App"], "\"A\""), (["inspect", "127.0.0.1:1/app:v 1"], "\" \""),
        (["inspect", "127.0.0.1:1/app@sha256:12"], "sha256"), (["inspect", ""], "empty"),
        (["inspect", "--platform", "linux/frob", "127.0.0.1:1/app"], "\"frob\" is not an architecture"),
        (["copy", "--platform", "linux/amd64,,", "127.0.0.1:1/a", "127.0.0.1:1/b"], "cannot read the platform"),
        (["create", "-t", "127.0.0.1:1/app:v1", "--annotation", "nothing", "127.0.0.1:1/app:v2"], "nothing"),
        (["create", "-t", "127.0.0.1:1/app:v1", "-f", "/nowhere/at/all"], "/nowhere/at/all"),
        (["tags", "127.0.0.1:1/app:v1"], "names one image"), (["delete", "127.0.0.1:1/app"], "no tag and no digest"),
        (["blob", "get", "127.0.0.1:1/app"], "names no digest"),
        (["inspect", "--retry-time", "soon", "127.0.0.1:1/app"], "--retry-time soon"),
        (["inspect", "--ca-file", "/nowhere/ca.pem", "127.0.0.1:1/app"], "/nowhere/ca.pem"),
        (["login", "no/host"], "no/host"),
    ])
    func `is refused before anything is asked or done`(words: [String], part: String) async throws {
        let outcome = try await Tool.imgtool.run(words)
        expectFailure(outcome, 2, naming: part)
    }

    // MARK: What is not there

    @Test func `that is not there is named, with what to do`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": image])
        expectFailure(try await imgtool("inspect", "\(repo):v2"), 3, naming: "\(repo):v2", "imgtool tags \(repo)")
        expectFailure(try await imgtool("digest", "\(repo)-none:v2"), 3, naming: "\(repo)-none:v2")
        expectFailure(try await imgtool("tags", "\(repo)-none"), 3, naming: "\(repo)-none")
        expectFailure(
            try await imgtool("create", "-t", "\(repo):v3", "\(repo):v1", "\(repo):v2"), 3, naming: "\(repo):v2")
        #expect(registry.tags(of: path(of: repo)) == ["v1"])
        let missing = Digest(of: [])
        expectFailure(try await imgtool("blob", "get", "\(repo)@\(missing)"), 3, naming: "\(missing)", repo)
    }

    @Test func `that is not a registry is named`() async throws {
        // Nobody listens on this port.
        expectFailure(
            try await imgtool("inspect", "--attempts", "1", "127.0.0.1:1/app"), 1, naming: "127.0.0.1:1/app:latest",
            "check the name")
    }

    // MARK: Answers

    private static func index(_ rest: String) -> [UInt8] {
        Array(#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",\#(rest)}"#.utf8)
    }

    /// What a registry sends for a manifest, and what is said about it.
    private static let answers: [(Fault.Action, Int, String)] = [
        (.replaceBody(index(#""manifests":[],"manifests":[]"#)), 1, "duplicate"),
        (
            .replaceBody(
                index(
                    #""manifests":[],"x":"# + String(repeating: "[", count: 10_000)
                        + String(repeating: "]", count: 10_000))), 1, "dept"
        ),
        (
            .replaceBody(index(#""manifests":[],"x":""# + String(repeating: "x", count: 20 << 20) + #"""#)), 1,
            "16777216"
        ),
        (.replaceBody(Array("<!DOCTYPE html><html>Log in</html>".utf8)), 1, "HTML"),
        (.replaceBody(Array("{".utf8)), 1, "JSON"),
        (.replaceBody([]), 1, "empty"),
        (.rewriteHeader("Content-Type", MediaType.dockerList), 5, MediaType.dockerList),
        (.rewriteHeader("Content-Type", "text/html"), 5, "text/html"),
    ]

    @Test(arguments: answers.indices)
    func `from a registry is refused in one line that says what it is`(position: Int) async throws {
        let (action, status, part) = Self.answers[position]
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": TestIndex([image])])
        try await FaultProxy.with(registry, [Fault(action, at: "/manifests/")]) { proxy in
            let name = "\(proxy.repository(repo)):v1"
            expectFailure(try await imgtool("inspect", name), status, naming: part, name)
            expectFailure(try await imgtool("create", "-t", name, "--append", name), status, naming: part, name)
            #expect(proxy.writes == 0)
        }
    }

    @Test func `that is not what its digest says, or ends too soon, is never used`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([image])
        let repo = try registry.repository(["v1": index])
        let forged = TestIndex([image], annotations: ["forged": "yes"])
        try await FaultProxy.with(registry, [Fault(.replaceBody(forged.manifest), at: "/manifests/")]) { proxy in
            let name = proxy.repository(repo)
            expectFailure(
                try await imgtool("inspect", "--raw", "\(name)@\(index.digest)"), 5, naming: "\(index.digest)",
                "\(forged.digest)")
            proxy.reset([Fault(.replaceBody(forged.manifest), at: "/manifests/\(image.digest)")])
            expectFailure(
                try await imgtool("copy", "\(name):v1", "\(name)-copy:v1"), 5, naming: "\(image.digest)")
            proxy.reset([Fault(.cutResponse(afterBytes: 20), at: "/manifests/")])
            expectFailure(
                try await imgtool("inspect", "--attempts", "2", "\(name):v1"), 5, naming: "\(name):v1", "cut off")
            let config = Digest(of: image.config)
            proxy.reset([Fault(.replaceBody(Array("{}".utf8)), at: "/blobs/\(config)")])
            expectFailure(try await imgtool("inspect", "--config", "\(name):v1"), 5, naming: "\(config)")
            try await TemporaryFolder.with { folder in
                expectFailure(
                    try await imgtool("copy", "\(name):v1", "oci:\(folder.file("layout"))"), 5, naming: "\(config)")
            }
            #expect(registry.tags(of: path(of: repo) + "-copy") == [])
        }
    }

    @Test func `blobs that are forged leave no file`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository()
        let content = bigBlob(300_000, seed: UInt64.random(in: 0...UInt64.max))
        let digest = try registry.put(blob: content, in: path(of: repo))
        try await TemporaryFolder.with { folder in
            let file = folder.file("blob")
            try await succeeds("blob", "get", "-o", file, "\(repo)@\(digest)")
            #expect(try folder.bytes("blob") == content)
            #expect(try await imgtool("blob", "get", "\(repo)@\(digest)").outputBytes == content)
            try registry.corrupt(digest, with: bigBlob(content.count, seed: 7))
            expectFailure(
                try await imgtool("blob", "get", "-o", folder.file("forged"), "\(repo)@\(digest)"), 5,
                naming: "\(digest)", repo)
            #expect(folder.names() == ["blob"])
            let printed = try await imgtool("blob", "get", "\(repo)@\(digest)")
            #expect(printed.status == 5)
            #expect(printed.outputBytes.count < content.count)
        }
    }

    // MARK: This side

    @Test func `layouts that cannot be read are left as they are`() async throws {
        let repo = try await RegistryServer.shared().repository(["v1": image])
        let cases: [([(String, String)], String)] = [
            ([("index.json", "{}")], "oci-layout"),
            ([("oci-layout", #"{"imageLayoutVersion":"9.0.0"}"#), ("index.json", "{}")], "9.0.0"),
            ([("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#), ("index.json", "nonsense")], "index.json"),
            ([("notes.txt", "mine")], "layout"),
        ]
        for (files, part) in cases {
            try await TemporaryFolder.with { folder in
                for (name, text) in files { try folder.write("l/\(name)", text: text) }
                let before = folder.files()
                let read = try await imgtool("inspect", "oci:\(folder.file("l")):v1")
                #expect([1, 3].contains(read.status))
                expectFailure(read, read.status, naming: part, folder.file("l"))
                expectFailure(try await imgtool("pull", "\(repo):v1", folder.file("l")), 1, naming: folder.file("l"))
                #expect(folder.files() == before)
                for (name, text) in files { #expect(try folder.text("l/\(name)") == text) }
            }
        }
        expectFailure(try await imgtool("inspect", "oci:/nowhere/at/all:v1"), 3, naming: "/nowhere/at/all")
    }

    @Test func `a full disk is said so, and nothing half made stays`() async throws {
        let big = TestImage(layers: [TestLayer(opaque: bigBlob(4_000_000))])
        let repo = try await RegistryServer.shared().repository(["v1": big, "small": image])
        try await TemporaryFolder.with { folder in
            let disk = folder.file("disk")
            try await Tool("mkdir").output(disk)
            let mount = try await Tool("mount").run("-t", "tmpfs", "-o", "size=1m", "tmpfs", disk)
            guard mount.succeeded else {
                return withKnownIssue("nothing can be mounted here, so there is no full disk: \(mount.error)") {
                    Issue.record("not tried")
                }
            }
            do {
                try await succeeds("pull", "\(repo):small", "\(disk)/layout")
                let before = folder.files()
                let outcome = try await imgtool("pull", "\(repo):v1", "\(disk)/layout")
                expectFailure(outcome, 1, naming: "\(disk)/layout", "no space is left")
                #expect(!folder.files().contains { $0.contains(Digest(of: big.blobs[1]).hex) })
                #expect(Set(before).isSubset(of: folder.files()))
                #expect(try await succeeds("tags", "oci:\(disk)/layout") == "small")
                let blob = "\(repo)@\(Digest(of: big.blobs[1]))"
                expectFailure(
                    try await imgtool("blob", "get", "-o", "\(disk)/blob", blob), 1, naming: "\(disk)/blob",
                    "no space is left")
                #expect(!folder.has("disk/blob"))
            } catch {
                try await Tool("umount").output(disk)
                throw error
            }
            try await Tool("umount").output(disk)
        }
        let script = #""$0" "$@" > /dev/full"#
        for (words, status) in [
            (["inspect", "\(repo):v1"], 1), (["sync", "--help"], 1),
            (["diff", "--format", "json", "\(repo):v1", "\(repo):v1"], 2),
        ] {
            let full = try await Tool("sh").run(["-c", script, Tool.imgtool.program] + words)
            expectFailure(full, status, naming: "No space left on device")
        }
    }
}
