import JSON
import OCI
import TestKit
import Testing

@Suite("copy, push and pull")
struct CopyTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test func `keep the digest and bring everything, whatever the kinds of places`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([
            amd64, arm64, TestImage.attestation(of: amd64.descriptor), try TestIndex(platforms: ["linux/s390x"]),
        ])
        let repo = try registry.repository(["v1": index])
        try await RegistryServer.with { other in
            try await TemporaryFolder.with { folder in
                let (layout, second) = (folder.file("one"), folder.file("two"))
                for (words, expected) in [
                    (["copy", "\(repo):v1", "\(repo)-mounted:v2"], "\(repo)-mounted:v2"),
                    (["copy", "\(repo):v1", "\(other.host)/streamed:v2"], "\(other.host)/streamed:v2"),
                    (["pull", "\(repo):v1", layout], "oci-layout://\(layout):v1"),
                    (["copy", "oci:\(layout):v1", "oci:\(second):other"], "oci-layout://\(second):other"),
                    (["push", "\(second):other", "\(other.host)/pushed:v3"], "\(other.host)/pushed:v3"),
                ] {
                    let outcome = try await Tool.imgtool.run(words)
                    #expect(outcome.error == "")
                    #expect(outcome.output == "\(expected)@\(index.digest)\n")
                }
                for content in index.everything {
                    let digest = Digest(of: content)
                    #expect(TestLayout(reading: "one", in: folder).blob(digest) == content)
                    #expect(TestLayout(reading: "two", in: folder).blob(digest) == content)
                    #expect(other.stored(digest) == content)
                }
                #expect(other.digest(of: "v3", in: "pushed") == index.digest)
                #expect(try await Tool.umoci.output("ls", "--layout", layout) == "v1")
            }
        }
    }

    @Test func `take several platforms of an index that does not say which it has`() async throws {
        let s390x = TestImage(Platform(os: "linux", architecture: "s390x"))
        let index = TestIndex([amd64, s390x, arm64], statesPlatforms: false)
        let repo = try await RegistryServer.shared().repository(["v1": index])
        try await succeeds("copy", "--platform", "linux/amd64,linux/arm64", "\(repo):v1", "\(repo):v2")
        let expected = TestIndex([amd64, arm64], statesPlatforms: false)
        #expect(try await succeeds("digest", "\(repo):v2") == "\(expected.digest)")
    }

    @Test func `give skopeo and umoci what they can read, and read what they write`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([amd64, arm64])
        let repo = try registry.repository(["v1": index])
        try await TemporaryFolder.with { folder in
            let (ours, theirs) = (folder.file("ours"), folder.file("theirs"))
            try await succeeds("pull", "--platform", "linux/amd64", "\(repo):v1", ours)
            try await Tool.umoci.output("unpack", "--rootless", "--image", "\(ours):v1", folder.file("bundle"))
            #expect(try folder.text("bundle/rootfs/platform.txt") == "linux/amd64\n")
            try await Tool.skopeo.output(
                "copy", "--all", "--src-tls-verify=false", "docker://\(repo):v1", "oci:\(theirs):v1")
            #expect(try await succeeds("push", "\(theirs):v1", "\(repo)-back:v1") == "\(repo)-back:v1@\(index.digest)")
            try await Tool.skopeo.output(
                "copy", "--all", "--dest-tls-verify=false", "oci:\(theirs):v1", "docker://\(repo)-skopeo:v1")
            #expect(try await succeeds("digest", "\(repo)-skopeo:v1") == "\(index.digest)")
        }
    }

    @Test func `take the image of one platform, and an index of several`() async throws {
        let registry = try await RegistryServer.shared()
        let s390x = TestImage(Platform(os: "linux", architecture: "s390x"))
        let attestation = TestImage.attestation(of: arm64.descriptor)
        let index = TestIndex([amd64, arm64, s390x, attestation], annotations: ["k": "v"])
        let repo = try registry.repository(["v1": index])
        #expect(
            try await succeeds("copy", "--platform", "linux/arm64", "\(repo):v1", "\(repo)-one:v1")
                == "\(repo)-one:v1@\(arm64.digest)")
        try await succeeds("copy", "--platform", "linux/s390x,linux/arm64", "\(repo):v1", "\(repo)-two:v1")
        let raw = try await succeeds("inspect", "--raw", "\(repo)-two:v1")
        let made = try Index(json: JSONValue(parsing: raw.utf8))
        #expect(made.manifests.map(\.digest) == [arm64, s390x, attestation].map(\.digest))
        #expect(made.annotations == ["k": "v"])
        #expect(!registry.has(manifest: amd64.digest, in: path(of: repo) + "-two"))
        expectFailure(
            try await imgtool("copy", "--platform", "linux/arm64,linux/riscv64", "\(repo):v1", "\(repo)-no:v1"), 3,
            naming: "linux/riscv64", "linux/amd64, linux/arm64, linux/s390x")
        #expect(registry.tags(of: path(of: repo) + "-no") == [])
    }

    @Test func `bring referrers and theirs with --referrers, also into layouts and out of them`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([amd64, arm64])
        let sbom = TestImage.artifact("application/x.sbom", "of the index", subject: index.descriptor)
        let signature = TestImage.artifact("application/x.signature", "of the sbom", subject: sbom.descriptor)
        let childs = TestImage.artifact("application/x.sbom", "of the child", subject: arm64.descriptor)
        let repo = try registry.repository(["v1": index])
        try await TemporaryFolder.with { folder in
            // Through our own push, which enters them where a registry keeps no list.
            let layout = try TestLayout(in: folder, ["s": sbom, "sig": signature, "c": childs])
            for tag in ["s", "sig", "c"] { try await succeeds("push", "-q", "\(layout.path):\(tag)", "\(repo):\(tag)") }
            try await succeeds("copy", "--referrers", "\(repo):v1", "oci:\(folder.file("pulled")):v1")
            try await succeeds("copy", "--referrers", "oci:\(folder.file("pulled")):v1", "\(repo)-copy:v1")
            let plain = "\(repo)-plain"
            try await succeeds("copy", "-q", "\(repo):v1", "\(plain):v1")
            for artifact in [sbom, signature, childs] {
                #expect(TestLayout(reading: "pulled", in: folder).blob(artifact.digest) == artifact.manifest)
                #expect(registry.has(manifest: artifact.digest, in: path(of: repo) + "-copy"))
                #expect(!registry.has(manifest: artifact.digest, in: path(of: plain)))
            }
            try await succeeds("pull", "--referrers", "\(repo)-copy:v1", folder.file("again"))
            #expect(TestLayout(reading: "again", in: folder).blob(signature.digest) == signature.manifest)
        }
    }

    @Test func `again do nothing but look at the tag`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([amd64, arm64])
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": index])
            try await FaultProxy.with(registry) { proxy in
                let target = "\(proxy.host)/\(registry.freshRepository())"
                try await succeeds("push", "\(layout.path):v1", "\(target):v1")
                proxy.reset()
                let again = try await imgtool("push", "\(layout.path):v1", "\(target):v1")
                #expect(again.output == "\(target):v1@\(index.digest)\n")
                #expect(again.error == "\(target):v1@\(index.digest) is already there\n")
                #expect(proxy.summary == ["HEAD manifests/v1"])
            }
        }
    }

    @Test func `leave foreign layers where they are`() async throws {
        let registry = try await RegistryServer.shared()
        let foreign = TestLayer(
            opaque: Array("base".utf8), mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
        let image = TestImage(layers: [foreign, TestLayer("own", "own")], dockerTypes: true)
        try await TemporaryFolder.with { folder in
            let repo = try registry.repository(["v1": image])
            try await succeeds("pull", "\(repo):v1", folder.file("layout"))
            let layout = TestLayout(reading: "layout", in: folder)
            #expect(layout.blob(Digest(of: foreign.blob)) == nil)
            #expect(layout.blob(image.digest) == image.manifest)
        }
    }

    @Test func `go on after connections that were cut, in both directions`() async throws {
        let registry = try await RegistryServer.shared()
        let image = TestImage(layers: [TestLayer(opaque: bigBlob(3_000_000))])
        let blob = try #require(image.blobs.last)
        let repo = try registry.repository(["v1": image])
        let faults = [
            Fault(.cutResponse(afterBytes: 1_000_000), on: "GET", at: "\(Digest(of: blob))", times: 2),
            Fault(.cutRequest(afterBytes: 1_000_000), on: "PUT", at: "/blobs/uploads/", times: 1),
        ]
        try await TemporaryFolder.with { folder in
            try await FaultProxy.with(registry, faults) { proxy in
                try await succeeds("pull", "\(proxy.repository(repo)):v1", folder.file("layout"))
                #expect(TestLayout(reading: "layout", in: folder).blob(Digest(of: blob)) == blob)
                #expect(proxy.exchanges.contains { $0.header("Range") == "bytes=1000000-" })
                let target = "\(proxy.host)/\(registry.freshRepository())"
                try await succeeds("push", "\(folder.file("layout")):v1", "\(target):v1")
                #expect(registry.has(blob: Digest(of: blob), in: path(of: target)))
                #expect(registry.digest(of: "v1", in: path(of: target)) == image.digest)
            }
        }
    }

    @Test func `insist on the digest that the destination names`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": amd64])
        expectFailure(
            try await imgtool("copy", "\(repo):v1", "\(repo)-copy:v1@\(arm64.digest)"), 5, naming: "\(amd64.digest)",
            "\(arm64.digest)")
        #expect(registry.tags(of: path(of: repo) + "-copy") == [])
        let printed = try await succeeds("copy", "\(repo):v1", "\(repo)-copy@\(amd64.digest)")
        #expect(printed == "\(repo)-copy@\(amd64.digest)")
        #expect(registry.tags(of: path(of: repo) + "-copy") == [])
    }

    @Test func `name the child or blob that is missing, and set no tag`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([amd64, arm64])
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": index])
            let missing = ["\(layout.path)/blobs/sha256/\(arm64.digest.hex)"]
            try await Tool("rm").output(arguments: missing)
            let target = try registry.repository()
            expectFailure(
                try await imgtool("push", "\(layout.path):v1", "\(target):v1"), 1, naming: "\(arm64.digest)",
                layout.path)
            #expect(registry.tags(of: path(of: target)) == [])

            let blob = Digest(of: try #require(amd64.blobs.last))
            let second = try TestLayout(in: folder, named: "second", ["v1": amd64])
            try await Tool("rm").output("\(second.path)/blobs/sha256/\(blob.hex)")
            let other = try registry.repository()
            expectFailure(
                try await imgtool("push", "\(second.path):v1", "\(other):v1"), 1, naming: "\(blob)", second.path)
            #expect(registry.tags(of: path(of: other)) == [])
        }
    }

    @Test func `by many processes at once make one good layout`() async throws {
        let registry = try await RegistryServer.shared()
        let index = TestIndex([amd64, arm64])
        let repo = try registry.repository(["v1": index])
        let tags = (1...16).map { "t\($0)" }
        try await TemporaryFolder.with { folder in
            let layout = folder.file("layout")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for tag in tags {
                    group.addTask {
                        let outcome = try await Tool.imgtool.run(["pull", "\(repo):v1", "\(layout):\(tag)"])
                        #expect(outcome.status == 0, "\(outcome.error)")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await succeeds("tags", "oci:\(layout)") == tags.sorted().joined(separator: "\n"))
            for content in index.everything {
                #expect(TestLayout(reading: "layout", in: folder).blob(Digest(of: content)) == content)
            }
            #expect(folder.names(in: "layout/blobs/sha256").count == index.everything.count)
        }
    }
}
