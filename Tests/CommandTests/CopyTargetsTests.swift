import JSON
import OCI
import TestKit
import Testing

@Suite("copy to several destinations, and of all tags")
struct CopyTargetsTests {
    private let index = TestIndex([TestImage(), TestImage(Platform(os: "linux", architecture: "arm64"))])

    @Test func `reads the source once`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index])
        try await RegistryServer.with { second in
            try await RegistryServer.with { third in
                try await TemporaryFolder.with { folder in
                    try await FaultProxy.with(registry) { proxy in
                        let layout = "oci-layout://\(folder.path)/layout:v5"
                        let targets = ["\(second.host)/a:v2", "\(second.host)/a:v3", "\(third.host)/b:v4", layout]
                        let outcome = try await Tool.imgtool.run(["copy", "\(proxy.repository(repo)):v1"] + targets)
                        #expect(outcome.status == 0, "\(outcome.error)")
                        #expect(outcome.output == targets.map { "\($0)@\(index.digest)\n" }.joined())
                        let reads = proxy.exchanges.filter {
                            $0.method == "GET" && $0.path.contains("/v2/\(path(of: repo))/")
                        }
                        #expect(Set(reads.map(\.path)).count == reads.count, "\(reads.map(\.path))")
                        // The index, two manifests, and two blobs of each; what refers to the index, by API and tag.
                        #expect(reads.count == 9)
                    }
                    for content in index.everything {
                        #expect(second.stored(Digest(of: content)) == content)
                        #expect(third.stored(Digest(of: content)) == content)
                    }
                    #expect(second.tags(of: "a") == ["v2", "v3"])
                    try await printed("verify", "oci:\(folder.path)/layout:v5")
                }
            }
        }
    }

    @Test func `says what has changed as JSON, and in a file`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index, "v0": TestImage()])
        try await TemporaryFolder.with { folder in
            let file = folder.file("metadata.json")
            let text = try await printed(
                "copy", "--json", "--metadata-file", file, "\(repo):v1", "\(repo):v0", "\(repo)-new:v1", "\(repo):v1")
            let value = try JSONValue(parsing: text.utf8)
            #expect(try JSONValue(parsing: folder.bytes("metadata.json")) == value)
            #expect(value["containerimage.digest"]?.string == "\(index.digest)")
            #expect(value["image.name"]?.string == "\(repo):v0,\(repo)-new:v1,\(repo):v1")
            let copies = value["copies"]?.array ?? []
            #expect(copies.map { $0["changed"] } == [true, true, false])
            #expect(copies[0]["previousDigest"]?.string == "\(TestImage().digest)")
            #expect(copies[1]["previousDigest"] == .null)
            #expect(copies[1]["blobs"]?["mounted"] == 4)
        }
    }

    @Test func `copies all tags`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index, "v2": TestImage()])
        let targets = ["\(repo)-a", "\(repo)-b"]
        let output = try await printed("copy", "--all-tags", repo, targets[0], targets[1])
        let lines = targets.flatMap { ["\($0):v1@\(index.digest)", "\($0):v2@\(TestImage().digest)"] }
        #expect(output.split(separator: "\n").map(String.init) == lines)
        #expect(registry.tags(of: path(of: targets[1])) == ["v1", "v2"])
        // Once more, the same is printed and nothing is written.
        try await FaultProxy.with(registry) { proxy in
            try await printed("copy", "--all-tags", proxy.repository(repo), proxy.repository(targets[0]))
            #expect(proxy.writes == 0)
        }
        try await refused(2, "copy", "--all-tags", "\(repo):v1", targets[0], saying: ["names one image"])
        try await refused(2, "copy", "--all-tags", "--media-types", "oci", repo, targets[0], saying: ["--all-tags"])
    }

    /// docker-registry overwrites its records in place, and would find them empty.
    @Test func `never writes a manifest twice at once, nor an index with what it lists`() async throws {
        let registry = try await RegistryServer.shared()
        let (first, second) = (index.children[0], index.children[1])
        let outer = TestIndex([index])
        var contents: [String: any TestContent] = ["index": index, "outer": outer]
        for number in 0..<3 { (contents["a\(number)"], contents["b\(number)"]) = (first, second) }
        let path = registry.freshRepository()
        for (tag, content) in contents { try registry.put(content, in: path, tag: tag) }
        let delay = Fault(.delay(milliseconds: 30), on: "PUT", at: "/manifests/")
        try await FaultProxy.with(registry, [delay]) { proxy in
            let target = "\(path)-copy"
            try await printed("copy", "--all-tags", "\(registry.host)/\(path)", "\(proxy.host)/\(target)")
            #expect(registry.tags(of: target).count == contents.count)
            let digests = contents.mapValues(\.digest)
            let writes = try proxy.exchanges.filter { $0.isRequest("PUT", "/manifests/") }.map { exchange in
                let name = exchange.path.split(separator: "/").last.map(String.init) ?? ""
                return (exchange, try digests[name] ?? Digest(name))
            }
            var children = [index.digest: [first.digest, second.digest], outer.digest: [index.digest]]
            for digest in [index.digest, outer.digest, first.digest, second.digest] {
                children[digest, default: []].append(digest)
            }
            for (number, (one, digest)) in writes.enumerated() {
                for (other, second) in writes.dropFirst(number + 1) where one.overlaps(other) {
                    let isExcluded =
                        children[digest]?.contains(second) == true || children[second]?.contains(digest) == true
                    #expect(!isExcluded, "\(one.path) and \(other.path) overlap")
                }
            }
            #expect(writes.count <= contents.count + 3, "a child is written by digest at most once")
        }
    }

    @Test func `copies all tags to several places side by side, and reads them once`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index, "v2": TestImage(), "v3": TestIndex([index])])
        try await RegistryServer.with { second in
            try await RegistryServer.with { third in
                try await TemporaryFolder.with { folder in
                    let layout = "oci-layout://\(folder.path)/layout"
                    let targets = ["\(second.host)/a", "\(third.host)/b", layout, "\(second.host)/a"]
                    try await FaultProxy.with(registry) { proxy in
                        let output = try await printed(["copy", "--all-tags", proxy.repository(repo)] + targets)
                        #expect(output.split(separator: "\n").count == 12)
                        let reads = proxy.exchanges.filter { $0.path.contains("/v2/\(path(of: repo))/") }
                        #expect(Set(reads.map { "\($0.method) \($0.path)" }).count == reads.count, "\(proxy.summary)")
                    }
                    #expect(second.tags(of: "a") == ["v1", "v2", "v3"])
                    #expect(third.tags(of: "b") == ["v1", "v2", "v3"])
                    try await printed("verify", "\(layout):v3")
                }
            }
        }
    }

    @Test func `goes on elsewhere when one place refuses a tag`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index, "v2": TestImage()])
        try await RegistryServer.with { second in
            try await FaultProxy.with(second, [Fault(.status(403), on: "POST", at: "/blobs/")]) { proxy in
                let outcome = try await Tool.imgtool.run(["copy", "--all-tags", repo, "\(repo)-a", "\(proxy.host)/b"])
                #expect(outcome.status == 4)
                let lines = ["v1@\(index.digest)", "v2@\(TestImage().digest)"].map { "\(repo)-a:\($0)\n" }
                #expect(outcome.output == lines.joined())
            }
        }
        #expect(registry.tags(of: path(of: repo) + "-a") == ["v1", "v2"])
    }
}
