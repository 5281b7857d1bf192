import JSON
import OCI
import TestKit
import Testing

@Suite("sync")
struct SyncTests {
    private func image(_ text: String) -> TestImage { TestImage(layers: [TestLayer("version", "\(text)\n")]) }

    @Test func `makes tags equal, and then asks for each of them once only`() async throws {
        let registry = try await RegistryServer.shared()
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm64"])
        let source = try registry.repository(["1.0": image("1"), "1.1": index, "latest": index])
        try await RegistryServer.with { other in
            try await FaultProxy.with(registry) { from in
                try await FaultProxy.with(other) { to in
                    let words = ["sync", from.repository(source), "\(to.host)/copy"]
                    let first = try await Tool.imgtool.run(words)
                    #expect(first.status == 0, "\(first.error)")
                    #expect(first.error == "3 tags: 3 copied\n")
                    #expect(first.output.split(separator: "\n").count == 3)
                    #expect(first.output.contains("\(to.host)/copy:1.1@\(index.digest)\n"))
                    // What two tags have in common is read once.
                    let blobs = Set(image("1").everyBlob + index.everyBlob)
                    #expect(from.count("GET", "/blobs/") == blobs.count)
                    from.reset()
                    to.reset()
                    let second = try await Tool.imgtool.run(words)
                    #expect(second.output == "")
                    #expect(second.error == "3 tags: 0 copied, 3 unchanged\n")
                    for proxy in [from, to] {
                        #expect(proxy.count("HEAD", "/manifests/") == 3)
                        #expect(
                            proxy.count("GET", "/copy/") + proxy.count("GET", "/app/")
                                == proxy.count("GET", "tags/list"))
                        #expect(proxy.writes == 0)
                    }
                }
            }
            for tag in ["1.0", "1.1", "latest"] {
                #expect(other.digest(of: tag, in: "copy") == registry.digest(of: tag, in: path(of: source)))
            }
            try await printed("verify", "\(other.host)/copy:1.1")
        }
    }

    @Test func `copies what has changed, and removes what is gone when asked`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["a": image("a"), "b": image("b")])
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["extra": image("extra")])
            let target = "oci:\(layout.path)"
            try await printed("sync", "-q", source, target)
            try registry.put(image("new"), in: path(of: source), tag: "a")
            let dry = try await printed("sync", "--dry-run", "--delete", source, target)
            #expect(
                dry == """
                    would copy oci-layout://\(layout.path):a@\(image("new").digest)
                    would delete oci-layout://\(layout.path):extra

                    """)
            #expect(try await printed("tags", target) == "a\nb\nextra\n")
            let text = try await printed("sync", "--json", "--delete", source, target)
            let tags = try JSONValue(parsing: text.utf8)["repositories"]?.array?.first?["tags"]?.array ?? []
            #expect(tags.map { $0["tag"]?.string } == ["a", "b", "extra"])
            #expect(tags.map { $0["state"]?.string } == ["copied", "unchanged", "deleted"])
            #expect(tags[0]["previousDigest"]?.string == "\(image("a").digest)")
            #expect(try await printed("tags", target) == "a\nb\n")
            // A selection of nothing is a mistake rather than a wish to remove everything.
            try await refused(1, "sync", "--delete", "--tags", "absent", source, target, saying: ["no tag is chosen"])
        }
    }

    @Test func `takes the tags that are chosen`() async throws {
        let registry = try await RegistryServer.shared()
        let names = ["0.9", "1.0", "1.1", "1.2", "2.0", "2.0-rc.1", "edge", "latest"]
        let path = registry.freshRepository()
        for name in names { try registry.put(image(name), in: path, tag: name) }
        let source = "\(registry.host)/\(path)"
        for (number, (words, expected)) in [
            (["--tags", "^(edge|latest)$"], ["edge", "latest"]), (["--semver", ">=1.1 <2"], ["1.1", "1.2"]),
            (["--newest", "2"], ["1.2", "2.0"].sorted()), (["--semver", "1.x", "--newest", "1"], ["1.2"]),
            (["--tags", "^1", "--tags", "edge", "--dry-run"], []),
        ].enumerated() {
            let outcome = try await Tool.imgtool.run(["sync", "-q"] + words + [source, "\(source)-\(number)"])
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(registry.tags(of: "\(path)-\(number)") == expected)
        }
    }

    @Test func `takes one platform, or some`() async throws {
        let registry = try await RegistryServer.shared()
        let index = try TestIndex(platforms: ["linux/amd64", "linux/arm64", "linux/s390x"])
        let source = try registry.repository(["v1": index])
        try await printed("sync", "--platform", "linux/arm64", source, "\(source)-one")
        #expect(registry.digest(of: "v1", in: path(of: source) + "-one") == index.children[1].digest)
        try await printed("sync", "--platform", "linux/arm64,linux/s390x", source, "\(source)-two")
        let again = try await Tool.imgtool.run([
            "sync", "--platform", "linux/arm64,linux/s390x", source, "\(source)-two",
        ])
        #expect(again.error == "1 tag: 0 copied, 1 unchanged\n")
        try await refusedPlatform(source)
    }

    private func refusedPlatform(_ source: String) async throws {
        let outcome = try await Tool.imgtool.run(["sync", "--platform", "linux/riscv64", source, "\(source)-none"])
        #expect(outcome.status == 3)
        #expect(outcome.error.contains("linux/riscv64") && outcome.error.contains("1 failed"))
    }

    @Test func `goes on when one tag fails, and from there when it is run again`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["a": image("a"), "b": image("b"), "c": image("c")])
        let target = "\(source)-copy"
        try await FaultProxy.with(registry, [Fault(.status(400), on: "PUT", at: "/manifests/b")]) { proxy in
            let outcome = try await Tool.imgtool.run(["sync", "--attempts", "1", source, proxy.repository(target)])
            #expect(outcome.status != 0)
            #expect(outcome.error.contains("3 tags: 2 copied, 1 failed"))
        }
        #expect(registry.tags(of: path(of: target)) == ["a", "c"])
        let outcome = try await Tool.imgtool.run(["sync", source, target])
        #expect(outcome.error == "3 tags: 1 copied, 2 unchanged\n")
    }

    @Test func `is between layouts and registries, for skopeo to read`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["a": image("a"), "b": image("b")])
        try await TemporaryFolder.with { folder in
            let layout = folder.file("layout")
            try await printed("sync", source, "oci:\(layout)")
            #expect(try await printed("tags", "oci:\(layout)") == "a\nb\n")
            let inspected = try await Tool.skopeo.output("inspect", "--raw", "oci:\(layout):a")
            #expect(Digest(of: Array(inspected.utf8)) == image("a").digest)
            try await printed("sync", "oci:\(layout)", "\(source)-back")
            #expect(registry.digest(of: "b", in: path(of: source) + "-back") == image("b").digest)
            // What skopeo has synced is the same.
            try await Tool.skopeo.output(
                "sync", "--all", "--src", "docker", "--dest", "docker", "--src-tls-verify=false",
                "--dest-tls-verify=false", source, "\(registry.host)/skopeo")
            let last = source.split(separator: "/").last.map(String.init) ?? ""
            let same = try await Tool.imgtool.run(["sync", source, "\(registry.host)/skopeo/\(last)"])
            #expect(same.error == "2 tags: 0 copied, 2 unchanged\n")
        }
    }

    /// A tag that is none would be a path to something else in the registry.
    @Test func `takes no paths for tags, from wherever they come`() async throws {
        let registry = try await RegistryServer.shared()
        let victim = try registry.repository(["v1": image("victim")])
        let long = String(repeating: "x", count: 129)
        let hostile = ["../../\(path(of: victim))/manifests/v1", "a/../../x", "a?b", "a%2fb", ".", long]
        let digest = image("x").digest
        let signature = "sha256-\(digest.hex).sig/../../../\(path(of: victim))/manifests/v1"
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["fine": image("x")])
            var index = try Index(json: JSONValue(parsing: folder.bytes("layout/index.json")))
            for tag in hostile + [signature] {
                var entry = image("x").descriptor
                entry.annotations = ["org.opencontainers.image.ref.name": tag]
                index.manifests.append(entry)
            }
            try folder.write("layout/index.json", index.json.bytes())
            let target = registry.freshRepository()
            try await FaultProxy.with(registry) { proxy in
                for words in [
                    ["sync", "--digest-tags"], ["copy", "--all-tags"], ["copy", "--all-tags", "--referrers"],
                ] {
                    let outcome = try await Tool.imgtool.run(words + ["oci:\(layout.path)", "\(proxy.host)/\(target)"])
                    #expect(outcome.status == 1)
                    #expect(outcome.error.contains("registries have tags of at most 128"), "\(outcome.error)")
                }
                #expect(proxy.exchanges.allSatisfy { $0.path.contains("/v2/\(target)/") && !$0.path.contains("..") })
            }
            #expect(registry.tags(of: target).allSatisfy { $0 == "fine" })
            #expect(registry.digest(of: "v1", in: path(of: victim)) == image("victim").digest)
        }
        let list = JSONValue.object(JSONObject([.init("tags", .array(hostile.map { .string($0) }))])).text()
        let type = ["Content-Type": "application/json"]
        let answer = Fault(.status(200, headers: type, body: list), at: "tags/list")
        try await FaultProxy.with(registry, [answer]) { proxy in
            let outcome = try await Tool.imgtool.run(["sync", proxy.repository(victim), "\(victim)-copy"])
            #expect(outcome.error.contains("6 tags: 0 copied, 6 failed"), "\(outcome.error)")
            #expect(proxy.exchanges.allSatisfy { !$0.path.contains("..") })
        }
    }

    @Test func `refuses an archive of Docker's, which has names instead of tags`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["1.0": image("1")])
        try await TemporaryFolder.with { folder in
            let archive = "docker-archive:\(folder.file("a.tar"))"
            try await refused(2, "sync", source, archive, saying: ["oci-archive:"])
            try await refused(2, "copy", "--all-tags", source, archive, saying: ["oci-archive:"])
            #expect(!folder.has("a.tar"))
        }
    }

    @Test func `reads an index once when platforms are chosen, and writes nothing again`() async throws {
        let registry = try await RegistryServer.shared()
        let indexes = try [["linux/amd64", "linux/arm64", "linux/s390x"], ["linux/arm64", "linux/amd64"]].map {
            try TestIndex(platforms: $0)
        }
        let repo = try registry.repository(["1.0": indexes[0], "1.1": indexes[1], "latest": indexes[1]])
        for platforms in ["linux/arm64", "linux/arm64,linux/amd64"] {
            try await FaultProxy.with(registry) { proxy in
                let target = "\(repo)-\(platforms.utf8.count)"
                let words = ["sync", "--platform", platforms, proxy.repository(repo), proxy.repository(target)]
                _ = try await printed(words)
                proxy.reset()
                let again = try await Tool.imgtool.run(words)
                #expect(again.error == "3 tags: 0 copied, 3 unchanged\n")
                // Only the content of an index says what is left of it; two tags have the same one.
                #expect(proxy.count("GET", "/manifests/") == 2, "\(proxy.summary)")
                #expect(proxy.count("HEAD", "/manifests/") == 6)
                #expect(proxy.writes == 0 && proxy.count("GET", "/blobs/") == 0)
            }
        }
    }

    /// docker-registry 2 cannot remove a tag alone; other registries answer 202.
    @Test func `removes tags where the registry can, and says so where it cannot`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["a": image("a")])
        let target = try registry.repository(["a": image("old"), "extra": image("extra"), "z": image("extra")])
        let outcome = try await Tool.imgtool.run(["sync", "--delete", source, target])
        #expect(outcome.status == 1)
        #expect(outcome.error.contains("3 tags: 1 copied, 2 failed"), "\(outcome.error)")
        #expect(outcome.error.contains("cannot remove a tag alone"))
        #expect(registry.tags(of: path(of: target)) == ["a", "extra", "z"])
        #expect(registry.digest(of: "a", in: path(of: target)) == image("a").digest)
        try await FaultProxy.with(registry, [Fault(.status(202), on: "DELETE")]) { proxy in
            let place = proxy.repository(target)
            let outcome = try await Tool.imgtool.run(["sync", "--delete", source, place])
            #expect(outcome.status == 0)
            #expect(outcome.output == "deleted \(place):extra\ndeleted \(place):z\n")
            #expect(outcome.error == "3 tags: 0 copied, 1 unchanged, 2 deleted\n")
            #expect(proxy.count("DELETE", "/manifests/extra") == 1 && proxy.count("DELETE") == 2)
        }
    }
}

extension TestContent {
    /// The digests of all blobs below it.
    fileprivate var everyBlob: [Digest] { blobs.map { Digest(of: $0) } + children.flatMap(\.everyBlob) }
}
