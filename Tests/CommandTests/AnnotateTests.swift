import JSON
import OCI
import TestKit
import Testing

@Suite("annotate")
struct AnnotateTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    private var attestation: TestImage { .attestation(of: arm64.descriptor) }
    private var index: TestIndex { TestIndex([amd64, arm64, attestation], annotations: ["b": "1"]) }

    @Test("changes the annotations of the index itself", arguments: ImagePlace.Kind.allCases)
    func index(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            try await printed("annotate", place("v1"), "--annotation", "a=x=y", "--remove-annotation", "b")
            let expected = TestIndex([amd64, arm64, attestation], annotations: ["a": "x=y"])
            #expect(try place.digest(of: "v1") == expected.digest)
        }
    }

    @Test("changes annotations and platforms of chosen entries", arguments: ImagePlace.Kind.allCases)
    func entries(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            let output = try await printed(
                "annotate", place("v1"), "--platform", "linux/arm64", "--annotation", "note=hello", "--arch", "armhf",
                "--os-version", "5", "--os-features", "one,two")
            #expect(output == "\(place.printedName):v1@\(try #require(try place.digest(of: "v1")))\n")
            let entry = try place.index("v1").manifests[1]
            #expect(entry.digest == arm64.digest)
            #expect(entry.annotations == ["note": "hello"])
            let platform = Platform(
                os: "linux", architecture: "arm", variant: "v7", osVersion: "5", osFeatures: ["one", "two"])
            #expect(entry.platform == platform)
            try await printed(
                "annotate", place("v1"), "--digest", "\(arm64.digest)", "--variant", "", "--os-version", "", "--arch",
                "arm64", "--os-features", "", "--remove-annotation", "note")
            #expect(try place.digest(of: "v1") == index.digest)
        }
    }

    @Test("rewrites manifests, and their attestations point at the new ones", arguments: ImagePlace.Kind.allCases)
    func manifests(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["v1": index]) { place in
            let outcome = try await Tool.imgtool.run([
                "annotate", place("v1"), "--manifest", "--platform", "linux/arm64", "--annotation", "a=1",
            ])
            #expect(outcome.status == 0)
            #expect(outcome.error.contains("statements in them are about the old digests"))
            let expected = TestImage(Platform(os: "linux", architecture: "arm64"), annotations: ["a": "1"])
            let now = try place.index("v1")
            #expect(now.manifests.map(\.digest) == [amd64.digest, expected.digest, attestation.digest])
            #expect(now.manifests[1] == expected.descriptor)
            #expect(now.manifests[2].attestedDigest == "\(expected.digest)")
            #expect(place.bytes(expected.digest) == expected.manifest)
            try await printed("annotate", place("v1"), "--manifest", "--remove-annotation", "a")
            #expect(try place.digest(of: "v1") == index.digest)
        }
    }

    @Test("rewrites the subject of an attestation that has one", arguments: ImagePlace.Kind.allCases)
    func subjects(kind: ImagePlace.Kind) async throws {
        let linked = TestImage(
            Platform(os: "unknown", architecture: "unknown"), subject: arm64.descriptor,
            entryAnnotations: attestation.descriptor.annotations)
        try await ImagePlace.with(kind, ["v1": TestIndex([arm64, linked])]) { place in
            try await printed("annotate", place("v1"), "--manifest", "--annotation", "a=1")
            let entries = try place.index("v1").manifests
            let bytes = try #require(place.bytes(entries[1].digest))
            #expect(entries[1].size == Int64(bytes.count))
            let subject = try JSONValue(parsing: bytes)["subject"]
            #expect(subject?["digest"]?.string == "\(entries[0].digest)")
            #expect(subject?["size"]?.integer == entries[0].size)
        }
    }

    @Test("annotates a single image with --manifest", arguments: ImagePlace.Kind.allCases)
    func single(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(kind, ["one": amd64]) { place in
            try await refused(1, "annotate", place("one"), "--annotation", "a=1", saying: ["--manifest"])
            try await printed("annotate", place("one"), "--manifest", "--annotation", "a=1")
            #expect(try place.digest(of: "one") == TestImage(annotations: ["a": "1"]).digest)
        }
    }

    @Test("says what refers to replaced content, and copies it when asked", arguments: ImagePlace.Kind.allCases)
    func referrers(kind: ImagePlace.Kind) async throws {
        for copies in [false, true] {
            let signature = TestImage.artifact("application/vnd.example.signature", "signed", subject: index.descriptor)
            let note = TestImage.artifact("text/note", "on the signature", subject: signature.descriptor)
            try await ImagePlace.with(kind, ["v1": index]) { place in
                for (content, tag) in [(signature, "signature"), (note, "note")] {
                    try await place.push(content, as: tag)
                }
                let words = ["annotate", place("v1"), "--annotation", "a=1"] + (copies ? ["--copy-referrers"] : [])
                let outcome = try await Tool.imgtool.run(words)
                #expect(outcome.status == 0)
                let orphaned = "1 referrer of \(index.digest) will not be found"
                #expect(outcome.error.contains(orphaned) == !copies, "\(outcome.error)")
                let found = try await place.referrers(of: "v1")
                #expect(found.count == (copies ? 1 : 0))
                guard let copy = found.first else { return }
                #expect(copy["artifactType"]?.string == "application/vnd.example.signature")
                let onCopy = try await place.referrers(of: Digest(copy["digest"]?.string ?? ""))
                #expect(onCopy.count == 1)
            }
        }
    }

    @Test func `sends nothing when nothing is different`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = registry.freshRepository("lists")
        try registry.put(index, in: repository, tag: "v1")
        try await FaultProxy.with(registry) { proxy in
            let name = "\(proxy.host)/\(repository):v1"
            let output = try await printed("annotate", name, "--annotation", "b=1", "--remove-annotation", "absent")
            #expect(output == "\(name)@\(index.digest)\n")
            #expect(proxy.count("PUT") == 0)
        }
    }

    @Test func `refuses what makes no sense, in one line`() async throws {
        let docker = TestImage(dockerTypes: true)
        let list = TestIndex([docker], dockerTypes: true)
        try await ImagePlace.with(.layout, ["v1": index, "docker": list]) { place in
            try await refused(2, "annotate", place("v1"), saying: ["nothing to change"])
            try await refused(2, "annotate", place("v1"), "--annotation", "novalue", saying: ["KEY=VALUE"])
            try await refused(2, "annotate", place("v1"), "--os", "linux", saying: ["--platform or --digest"])
            try await refused(2, "annotate", place("v1"), "--platform", "linux/arm64", "--arch", "z80", saying: ["z80"])
            try await refused(
                2, "annotate", place("v1"), "--manifest", "--platform", "linux/arm64", "--arch", "arm")
            try await refused(
                3, "annotate", place("v1"), "--platform", "linux/s390x", "--annotation", "a=1", saying: ["s390x"])
            try await refused(
                1, "annotate", place("v1"), "--platform", "linux/arm64", "--arch", "amd64", saying: ["\(amd64.digest)"])
            try await refused(
                1, "annotate", place("docker"), "--manifest", "--annotation", "a=1", saying: ["no annotations"])
            #expect(try place.digest(of: "v1") == index.digest)
        }
    }

    @Test func `makes an image index of a Docker manifest list, which has no annotations`() async throws {
        let list = TestIndex([TestImage(dockerTypes: true)], dockerTypes: true)
        try await ImagePlace.with(.registry, ["v1": list]) { place in
            let outcome = try await Tool.imgtool.run(["annotate", place("v1"), "--annotation", "a=1"])
            #expect(outcome.error.contains("OCI image index"))
            #expect(try place.index("v1").mediaType == MediaType.ociIndex)
        }
    }
}
