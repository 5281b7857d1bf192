import JSON
import OCI
import TestKit
import Testing

@Suite("remove")
struct RemoveTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private let arm = TestImage(Platform(os: "linux", architecture: "arm", variant: "v7"))

    private var attestations: [TestImage] {
        [amd64, arm64].map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
    }

    private var index: TestIndex { TestIndex([amd64, arm64, arm] + attestations, annotations: ["k": "v"]) }

    @Test("takes images out with their attestations, and leaves the rest", arguments: ImagePlace.Kind.allCases)
    func platforms(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            let output = try await printed("remove", place("v1"), "--platform", "linux/arm64", "--platform", "armhf")
            let digest = try #require(try place.digest(of: "v1"))
            #expect(output == "\(place.printedName):v1@\(digest)\n")
            let now = try place.index("v1")
            #expect(now.manifests == [amd64.descriptor, attestations[0].descriptor])
            #expect(now.annotations == ["k": "v"])
        }
    }

    @Test("takes out what a digest names", arguments: ImagePlace.Kind.allCases)
    func digests(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            try await printed(
                "remove", place("v1"), "--digest", "\(arm64.digest)", "--digest", "\(attestations[0].digest)")
            #expect(try place.index("v1").manifests.map(\.digest) == [amd64.digest, arm.digest])
        }
    }

    @Test("of a digest alone gives a new index and moves no tag", arguments: ImagePlace.Kind.allCases)
    func untagged(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            let output = try await printed("remove", "\(place.name)@\(index.digest)", "--platform", "linux/arm")
            #expect(try place.digest(of: "v1") == index.digest)
            let digest = try Digest(output.split(separator: "@")[1].dropLast())
            let bytes = try #require(place.bytes(digest))
            #expect(try Index(json: JSONValue(parsing: bytes)).manifests.count == 4)
        }
    }

    @Test("changes nothing in a dry run, and shows the bytes and every entry", arguments: ImagePlace.Kind.allCases)
    func dryRun(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            let words = ["remove", place("v1"), "--platform", "linux/arm64"]
            let rehearsal = try await Tool.imgtool.run(words + ["--dry-run"])
            let expected = TestIndex([amd64, arm, attestations[0]], annotations: ["k": "v"])
            #expect(rehearsal.outputBytes == expected.manifest)
            #expect(
                rehearsal.error == """
                      keep  linux/amd64  \(amd64.digest)
                      keep  linux/arm/v7  \(arm.digest)
                      keep  attestation of \(amd64.digest)  \(attestations[0].digest)
                      drop  linux/arm64  \(arm64.digest)
                      drop  attestation of \(arm64.digest)  \(attestations[1].digest)
                    would put \(place.printedName):v1@\(expected.digest)

                    """)
            #expect(try place.digest(of: "v1") == index.digest)
            #expect(!place.has(expected.digest))
            #expect(try await Tool.imgtool.run(words).succeeded)
            #expect(try place.digest(of: "v1") == expected.digest)
        }
    }

    @Test func `tells scripts what was done`() async throws {
        try await ImagePlace.with(.layout, ["v1": index]) { place in
            for isDryRun in [true, false] {
                let words = ["remove", place("v1"), "--platform", "linux/arm", "--json", "-q"]
                let outcome = try await Tool.imgtool.run(words + (isDryRun ? ["--dry-run"] : []))
                #expect(outcome.error == "")
                let result = try JSONValue(parsing: outcome.outputBytes)
                #expect(result["dryRun"] == .bool(isDryRun))
                #expect(result["changed"] == true)
                #expect(result["previousDigest"] == .string("\(index.digest)"))
                let changes = result["entries"]?.array?.compactMap { $0["change"]?.string }
                #expect(changes == ["keep", "keep", "keep", "keep", "drop"])
                #expect(result["entries"]?.array?.last?["platform"] == "linux/arm/v7")
                let content = result["content"]?.string.map { Digest(of: Array($0.utf8)).description }
                #expect(content == (isDryRun ? result["digest"]?.string : nil))
            }
        }
    }

    @Test func `refuses what makes no sense, in one line, and changes nothing`() async throws {
        let attested = TestIndex([amd64, attestations[0]])
        try await ImagePlace.with(.registry, ["v1": index, "one": amd64, "attested": attested]) { place in
            try await refused(
                3, "remove", place("v1"), "--platform", "linux/s390x", saying: ["linux/s390x", "linux/arm/v7"])
            try await refused(
                3, "remove", place("v1"), "--digest", "\(attested.digest)", saying: ["\(attested.digest)"])
            try await refused(3, "remove", place("v2"), "--platform", "linux/arm", saying: ["v2"])
            try await refused(
                1, "remove", place("attested"), "--platform", "linux/amd64", saying: ["no image would be left"])
            try await refused(1, "remove", place("one"), "--platform", "linux/amd64", saying: ["single image"])
            try await refused(2, "remove", place("v1"), saying: ["--platform or --digest"])
            try await refused(2, "remove", place("v1"), "--platform", "linux/nonsense")
            try await refused(
                5, "remove", "\(place("v1"))@\(attested.digest)", "--platform", "linux/arm", saying: ["by now"])
            #expect(try place.digest(of: "v1") == index.digest)
            #expect(try place.digest(of: "attested") == attested.digest)
        }
    }

    @Test func `keeps what somebody else changes at the same time`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = registry.freshRepository("lists")
        try registry.put(index, in: repository, tag: "v1")
        let other = TestIndex([amd64, arm64, arm, TestImage(Platform(os: "linux", architecture: "s390x"))])
        for child in other.children { try registry.put(child, in: repository) }
        // Somebody else's index arrives between our first look and our writing of the tag.
        let intruder = Fault(.delay(milliseconds: 0)) { exchange in
            guard exchange.isRequest("PUT", "/manifests/sha256:"),
                registry.digest(of: "v1", in: repository) == index.digest
            else { return false }
            _ = try? registry.put(other, in: repository, tag: "v1")
            return true
        }
        try await FaultProxy.with(registry, [intruder]) { proxy in
            _ = try await printed("remove", "\(proxy.host)/\(repository):v1", "--platform", "linux/arm64")
        }
        let bytes = try #require(registry.digest(of: "v1", in: repository).flatMap { registry.stored($0) })
        let digests = try Index(json: JSONValue(parsing: bytes)).manifests.map(\.digest)
        #expect(digests == other.children.map(\.digest).filter { $0 != arm64.digest })
    }
}
