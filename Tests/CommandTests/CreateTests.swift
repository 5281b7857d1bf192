import JSON
import OCI
import TestKit
import Testing

@Suite("create")
struct CreateTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test func `takes tags, digests, files, layouts and other registries`() async throws {
        let registry = try await RegistryServer.shared()
        try await RegistryServer.with { other in
            try await TemporaryFolder.with { folder in
                let images = ["amd64", "arm64", "s390x", "ppc64le", "riscv64", "386"].map {
                    TestImage(Platform(os: "linux", architecture: $0))
                }
                let repo = try registry.repository(["one": images[0], "two": images[1], "three": images[2]])
                let elsewhere = try other.repository(["v1": images[3]])
                let layout = try TestLayout(in: folder, ["v1": images[4], "v2": images[5]])
                let descriptor = try folder.write(
                    "d.json", images[1].descriptor.content.json.bytes() + [UInt8(ascii: "\n")])
                let digest = try folder.write("d.txt", text: "\(images[2].digest)\n")
                let reference = try folder.write("r.txt", text: "oci:\(layout.path):v2\n")
                // Bare digests are in the one repository that is spoken of.
                try await succeeds("create", "-t", "\(repo):abc", "-f", descriptor, "-f", digest, "\(images[0].digest)")
                let made = try await index("\(repo):abc")
                #expect(made.manifests.map(\.digest) == [images[1], images[2], images[0]].map(\.digest))

                let printed = try await succeeds(
                    "create", "-t", "\(repo):all", "-t", "\(repo):latest", "-t", "\(elsewhere)-copy:all", "-f",
                    reference, "\(repo):abc", "\(elsewhere):v1", "oci:\(layout.path):v1", "\(repo):one")
                let all = try await index("\(repo):all")
                let order = [5, 1, 2, 0, 3, 4].map { images[$0].digest }
                #expect(all.manifests.map(\.digest) == order)
                let result = try #require(registry.digest(of: "all", in: path(of: repo)))
                #expect(
                    printed == """
                        \(repo):all@\(result)
                        \(repo):latest@\(result)
                        \(elsewhere)-copy:all@\(result)
                        """)
                #expect(other.digest(of: "all", in: path(of: elsewhere) + "-copy") == result)
                for reference in ["\(repo):latest", "\(elsewhere)-copy:all"] {
                    try await Tool.skopeo.output(
                        "copy", "--all", "--src-tls-verify=false", "docker://\(reference)",
                        "oci:\(folder.file("check-\(reference.count)")):v1")
                }
            }
        }
    }

    @Test func `mounts blobs from the same registry and streams them from another one`() async throws {
        let registry = try await RegistryServer.shared()
        try await RegistryServer.with { other in
            let repo = try registry.repository(["one": amd64])
            let elsewhere = try other.repository(["two": arm64])
            try await FaultProxy.with(registry) { proxy in
                let target = proxy.repository(repo) + "-target"
                try await succeeds(
                    "create", "-t", "\(target):v1", "\(proxy.repository(repo)):one", "\(elsewhere):two")
                #expect(proxy.count("POST", "?mount=") == 2)
                #expect(proxy.count("POST", "/blobs/uploads/") == 4)
                #expect(proxy.count("PUT", "/blobs/uploads/") == 2)
                // Of what is mounted only the configuration is read, for its platform.
                #expect(proxy.count("GET", "/blobs/") == 1)
                for blob in amd64.blobs + arm64.blobs {
                    #expect(registry.has(blob: Digest(of: blob), in: path(of: target)))
                }
                try await succeeds("inspect", "--layers", "\(target):v1")
            }
        }
    }

    @Test func `makes few requests and none twice`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["one": amd64, "two": arm64])
        try await FaultProxy.with(registry) { proxy in
            let name = proxy.repository(repo)
            try await succeeds("create", "-t", "\(name):v1", "-t", "\(name):latest", "\(name):one", "\(name):two")
            // Two manifests and their configurations; the question for the referrers API, and the fallback tags of both;
            // two tags, each looked at and set.
            #expect(proxy.exchanges.count == 11, "\(proxy.summary)")
            #expect(Set(proxy.summary).count == proxy.exchanges.count, "\(proxy.summary)")
        }
    }

    @Test func `reads everything once from another registry`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["one": amd64, "two": arm64])
        try await RegistryServer.with { other in
            try await FaultProxy.with(registry) { proxy in
                let name = proxy.repository(source)
                try await succeeds(
                    "create", "-t", "\(other.host)/made/app:v1", "\(name):one", "\(name):two", "\(name):one")
                #expect(Set(proxy.summary).count == proxy.exchanges.count, "\(proxy.summary)")
                // Two manifests and their blobs; the question for the referrers API, fallback tags, and digest tags.
                #expect(proxy.exchanges.count == 10, "\(proxy.summary)")
            }
        }
    }

    @Test func `keeps the attestations of the platforms that are kept`() async throws {
        let attestations = [amd64, arm64].map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
        let source = TestIndex([amd64, arm64] + attestations, annotations: ["k": "v"])
        let repo = try await RegistryServer.shared().repository(["v1": source])
        try await succeeds("create", "-t", "\(repo):arm", "--platform", "linux/arm64/v8", "\(repo):v1")
        let made = try await index("\(repo):arm")
        #expect(made.manifests == [arm64, attestations[1]].map(\.descriptor))
        #expect(made.annotations == ["k": "v"])
    }

    @Test func `--dry-run prints what would be pushed, says what would change, and changes nothing`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["one": amd64, "two": arm64, "v1": TestIndex([amd64])])
        try await FaultProxy.with(registry) { proxy in
            let name = proxy.repository(repo)
            let words = ["create", "-t", "\(name):v1", "--append", "\(name):two"]
            let dry = try await Tool.imgtool.run(words + ["--dry-run"])
            #expect(dry.status == 0)
            #expect(proxy.writes == 0, "\(proxy.summary)")
            let digest = Digest(of: dry.outputBytes)
            #expect(
                dry.error == """
                      keep  linux/amd64  \(amd64.digest)
                      add   linux/arm64  \(arm64.digest)
                    would put \(digest) under \(name):v1

                    """)
            #expect(try await Tool.imgtool.run(words).output == "\(name):v1@\(digest)\n")
            #expect(registry.stored(digest) == dry.outputBytes)
            let again = try await Tool.imgtool.run(words + ["--dry-run", "-q"])
            #expect(again.outputBytes == dry.outputBytes)
            #expect(again.error == "")
        }
    }

    @Test func `writes metadata where it is asked to`() async throws {
        let repo = try await RegistryServer.shared().repository(["one": amd64])
        try await TemporaryFolder.with { folder in
            let file = folder.file("metadata.json")
            let printed = try await succeeds(
                "create", "-t", "\(repo):a", "-t", "\(repo):b", "--metadata-file", file, "\(repo):one")
            let metadata = try JSONValue(parsing: folder.bytes("metadata.json"))
            let digest = try #require(metadata["containerimage.digest"]?.string)
            #expect(printed == "\(repo):a@\(digest)\n\(repo):b@\(digest)")
            #expect(metadata["containerimage.descriptor"]?["mediaType"]?.string == MediaType.ociIndex)
            #expect(metadata["image.name"]?.string == "\(repo):a,\(repo):b")
        }
    }

    @Test func `into a layout makes one that other tools read`() async throws {
        let repo = try await RegistryServer.shared().repository(["one": amd64, "two": arm64])
        try await TemporaryFolder.with { folder in
            let layout = folder.file("new")
            let printed = try await succeeds("create", "-t", "oci:\(layout):v1", "\(repo):one", "\(repo):two")
            #expect(printed.hasPrefix("oci-layout://\(layout):v1@sha256:"))
            let raw = try await Tool.skopeo.run("inspect", "--raw", "oci:\(layout):v1")
            #expect(printed.hasSuffix("\(Digest(of: raw.outputBytes))"))
            #expect(try await Tool.umoci.output("ls", "--layout", layout) == "v1")
        }
    }

    @Test func `refuses two images of one platform, names both, and changes nothing`() async throws {
        let registry = try await RegistryServer.shared()
        let other = TestImage(layers: [TestLayer("other", "other")])
        let repo = try registry.repository(["one": amd64, "two": other, "v1": arm64])
        try await FaultProxy.with(registry) { proxy in
            let name = proxy.repository(repo)
            let outcome = try await imgtool("create", "-t", "\(name):v1", "\(name):one", "\(name):two")
            expectFailure(
                outcome, 1, naming: "linux/amd64", "\(amd64.digest)", "\(other.digest)", "\(name):one", "\(name):two")
            #expect(proxy.writes == 0)
            #expect(registry.digest(of: "v1", in: path(of: repo)) == arm64.digest)
        }
    }

    private func index(_ reference: String) async throws -> Index {
        try Index(json: JSONValue(parsing: await succeeds("inspect", "--raw", reference).utf8))
    }

    /// What a release does: an image for each platform in one repository, pushed by other jobs.
    @Test func `of four images in one repository costs fifteen requests`() async throws {
        let registry = try await RegistryServer.shared()
        let images = ["amd64", "arm64", "s390x", "ppc64le"].map {
            TestImage(Platform(os: "linux", architecture: $0), layers: [TestLayer("name", $0)])
        }
        let path = registry.freshRepository()
        for image in images { try registry.put(image, in: path) }
        try await FaultProxy.with(registry) { proxy in
            let name = "\(proxy.host)/\(path)"
            let output = try await printed(["create", "-t", "\(name):v1"] + images.map { "\(name)@\($0.digest)" })
            #expect(output == "\(name):v1@\(TestIndex(images).digest)\n")
            #expect(proxy.count("GET", "/manifests/sha256:") == 4)
            #expect(proxy.count("GET", "/blobs/") == 4)
            // A repository without the referrers API is asked for it once.
            #expect(proxy.count("GET", "/referrers/") == 1)
            #expect(proxy.count("GET", "/manifests/sha256-") == 4)
            #expect(proxy.count("HEAD", "/manifests/v1") == 1 && proxy.writes == 1)
            #expect(proxy.exchanges.count == 15, "\(proxy.summary)")
        }
        // Where there is the API, one request answers for each image.
        let none = #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[]}"#
        let answer = Fault(.status(200, headers: ["Content-Type": MediaType.ociIndex], body: none), at: "/referrers/")
        try await FaultProxy.with(registry, [answer]) { proxy in
            let name = "\(proxy.host)/\(path)"
            try await printed(["create", "-t", "\(name):v2"] + images.map { "\(name)@\($0.digest)" })
            #expect(proxy.count("GET", "/referrers/") == 4)
            #expect(proxy.exchanges.count == 14, "\(proxy.summary)")
        }
    }
}
