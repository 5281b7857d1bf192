import JSON
import OCI
import TestKit
import Testing

@Suite("merge")
struct MergeTests {
    private let amd64 = TestImage()
    private let otherAmd64 = TestImage(layers: [TestLayer("other", "other")])
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    private func attested(_ images: TestImage...) -> [any TestContent] {
        images + images.map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
    }

    @Test("makes one index of several, the attestations with their images", arguments: ImagePlace.Kind.allCases)
    func merge(kind: ImagePlace.Kind) async throws {
        let (first, second) = (TestIndex(attested(amd64), annotations: ["a": "1"]), TestIndex(attested(arm64)))
        try await ImagePlace.with(kind, ["a": first, "b": second]) { place in
            let expected = TestIndex(attested(amd64) + attested(arm64), annotations: ["a": "1"])
            let rehearsal = try await Tool.imgtool.run([
                "merge", "-t", place("all"), place("a"), place("b"), "--dry-run",
            ])
            #expect(rehearsal.outputBytes == expected.manifest)
            #expect(try place.digest(of: "all") == nil)
            let output = try await printed("merge", "-t", place("all"), place("a"), place("b"))
            #expect(output == "\(place.printedName):all@\(expected.digest)\n")
            #expect(try place.digest(of: "all") == expected.digest)
        }
    }

    @Test("brings what is elsewhere", arguments: ImagePlace.Kind.allCases)
    func elsewhere(kind: ImagePlace.Kind) async throws {
        let content = TestIndex(attested(arm64))
        try await ImagePlace.with(.registry, ["b": content]) { other in
            try await ImagePlace.with(kind, ["a": TestIndex(attested(amd64))]) { place in
                try await printed("merge", "-t", place("all"), place("a"), other("b"))
                for bytes in content.everything.dropLast() { #expect(place.bytes(Digest(of: bytes)) == bytes) }
                try await printed("verify", place("all"))
            }
        }
    }

    @Test(
        "does with two images of one platform what it is told",
        arguments: [("replace", [3, 1, 4]), ("keep", [0, 2, 1]), ("both", [0, 2, 1, 3, 4])])
    func conflicts(rule: String, positions: [Int]) async throws {
        let (first, second) = (attested(amd64) + [arm64], attested(otherAmd64))
        let all = [first[0], first[2], first[1], second[0], second[1]]
        try await ImagePlace.with(.layout, ["a": TestIndex(first), "b": TestIndex(second)]) { place in
            try await printed("merge", "-t", place("all"), place("a"), place("b"), "--on-conflict", rule)
            let digests = try place.index("all").manifests.map(\.digest)
            #expect(Set(digests) == Set(positions.map { all[$0].digest }))
            #expect(digests.count == positions.count)
        }
    }

    @Test func `names both images of one platform unless it is told what to do`() async throws {
        try await ImagePlace.with(.registry, ["a": amd64, "b": TestIndex([otherAmd64])]) { place in
            try await refused(
                1, "merge", "-t", place("all"), place("a"), place("b"),
                saying: ["linux/amd64", "\(amd64.digest)", "\(otherAmd64.digest)"])
            try await refused(2, "merge", "-t", place("all"), place("a"), "--on-conflict", "maybe")
            try await refused(3, "merge", "-t", place("all"), place("a"), place("missing"))
            #expect(try place.digest(of: "all") == nil)
        }
    }

    @Test("into one of its sources loses nothing that is in it", arguments: ImagePlace.Kind.allCases)
    func intoSource(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["a": TestIndex([amd64]), "b": TestIndex([arm64])]) { place in
            for _ in 1...2 {
                try await printed("merge", "-t", place("a"), place("a"), place("b"))
                #expect(try place.index("a").manifests.map(\.digest) == [amd64.digest, arm64.digest])
            }
        }
    }

    @Test("is associative on disjoint platforms", arguments: 1...6)
    func associativity(seed: Int) async throws {
        var random = Generator(state: UInt64(seed))
        let architectures = ["amd64", "arm64", "s390x", "ppc64le", "riscv64", "386", "mips64le"].shuffled(
            using: &random)
        let parts = [architectures[..<2], architectures[2..<5], architectures[5...]].map { names in
            let images = names.map { TestImage(Platform(os: "linux", architecture: $0)) }
            let keys = ["a", "b", "c", "d"].filter { _ in Bool.random(using: &random) }
            let values = keys.map { ($0, "\(Int.random(in: 0...1, using: &random))") }
            return TestIndex(
                images.flatMap { attested($0) }, annotations: Dictionary(uniqueKeysWithValues: values))
        }
        try await ImagePlace.with(.layout, ["a": parts[0], "b": parts[1], "c": parts[2]]) { place in
            func merged(_ tag: String, _ sources: String...) async throws -> Digest? {
                let words = ["merge", "-q", "-t", place(tag)] + sources.map { place($0) }
                #expect(try await Tool.imgtool.run(words).status == 0)
                return try place.digest(of: tag)
            }
            _ = try await merged("ab", "a", "b")
            _ = try await merged("bc", "b", "c")
            let all = try await merged("abc", "a", "b", "c")
            #expect(try await merged("left", "ab", "c") == all)
            #expect(try await merged("right", "a", "bc") == all)
        }
    }

    @Test func `keeps fields that nobody knows`() async throws {
        let text = """
            {"schemaVersion":2,"mediaType":"\(MediaType.ociIndex)","manifests":[{"mediaType":"\(MediaType.ociManifest)",\
            "digest":"\(amd64.digest)","size":\(amd64.descriptor.size),"platform":{"architecture":"amd64","os":"linux",\
            "x-platform":1},"x-entry":{"deep":[true]}}],"x-index":"kept"}
            """
        try await ImagePlace.with(.layout, ["a": RawContent(text, children: [amd64]), "b": TestIndex([arm64])]) {
            place in
            try await printed("merge", "-t", place("all"), place("a"), place("b"))
            let digest = try #require(try place.digest(of: "all"))
            let value = try JSONValue(parsing: try #require(place.bytes(digest)))
            #expect(value["x-index"] == "kept")
            #expect(value["manifests"]?.array?[0]["x-entry"] == ["deep": [true]])
            #expect(value["manifests"]?.array?[0]["platform"]?["x-platform"] == 1)
        }
    }

    @Test func `accepts a digest that comes true`() async throws {
        let expected = TestIndex([amd64, arm64])
        let repo = try await RegistryServer.shared().repository(["a": TestIndex([amd64]), "b": TestIndex([arm64])])
        let sources = ["\(repo):a", "\(repo):b"]
        for name in ["\(repo)@\(expected.digest)", "\(repo):all@\(expected.digest)", "\(repo):a@\(expected.digest)"] {
            #expect(try await printed(["merge", "-t", name] + sources) == "\(name)\n")
        }
        #expect(try await printed("digest", "\(repo)@\(expected.digest)") == "\(expected.digest)\n")
        #expect(try await printed("tags", repo) == "a\nall\nb\n")
        for tag in ["", ":new", ":b"] {
            let words = ["merge", "-t", "\(repo)\(tag)@\(arm64.digest)"] + sources
            try await refused(5, words, saying: ["\(expected.digest)"])
            try await refused(5, words + ["--dry-run"], saying: ["\(expected.digest)"])
        }
        #expect(try await printed("tags", repo) == "a\nall\nb\n")
    }
}

/// Random numbers that are the same in every run (xorshift).
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 0x9E37_79B9_7F4A_7C15 | 1
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
