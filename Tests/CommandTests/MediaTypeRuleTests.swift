import JSON
import OCI
import TestKit
import Testing

@Suite("--media-types")
struct MediaTypeRuleTests {
    private static let platforms = ["linux/amd64", "linux/arm64", "windows(10.0.1)/amd64"]

    private static func index(dockerTypes: Bool) throws -> TestIndex {
        try TestIndex(platforms: platforms, dockerTypes: dockerTypes)
    }

    @Test("converts the index and all below it, there and back to the same bytes", arguments: ImagePlace.Kind.allCases)
    func roundTrip(kind: ImagePlace.Kind) async throws {
        let (oci, docker) = (try Self.index(dockerTypes: false), try Self.index(dockerTypes: true))
        for command in ["copy", "create", "merge"] {
            try await ImagePlace.with(kind, ["oci": oci]) { place async throws in
                func convert(_ source: String, _ types: String) async throws -> Digest? {
                    let names = [place(source), place("\(source)-\(types)")]
                    let words = command == "copy" ? [command] + names : [command, names[0], "-t", names[1]]
                    let outcome = try await Tool.imgtool.run(words + ["--media-types", types])
                    #expect(outcome.status == 0, "\(outcome.error)")
                    try await printed("verify", "--deep", names[1])
                    return try place.digest(of: "\(source)-\(types)")
                }
                // The images of both families are made of the same blobs, each by its own writer.
                #expect(try await convert("oci", "docker") == docker.digest)
                #expect(try await convert("oci-docker", "oci") == oci.digest)
                #expect(try await convert("oci", "keep") == oci.digest)
                #expect(try await convert("oci-docker", "docker") == docker.digest)
            }
        }
    }

    @Test func `is understood by others`() async throws {
        try await ImagePlace.with(.registry, ["oci": try Self.index(dockerTypes: false)]) { place in
            try await printed("create", "-t", place("docker"), "--media-types=docker", place("oci"))
            try await TemporaryFolder.with { folder in
                _ = try await Tool.skopeo.output(
                    "copy", "--all", "--src-tls-verify=false", "docker://\(place("docker"))", "dir:\(folder.file("x"))")
            }
        }
    }

    @Test("of a single image converts it", arguments: ImagePlace.Kind.allCases)
    func single(kind: ImagePlace.Kind) async throws {
        let (oci, docker) = (TestImage(), TestImage(dockerTypes: true))
        try await ImagePlace.with(kind, ["one": oci]) { place in
            try await printed("copy", place("one"), place("a"), "--media-types=docker")
            try await printed("create", place("one"), "-t", place("b"), "--media-types=docker", "--no-prefer-index")
            try await printed("create", place("a"), "-t", place("c"), "--media-types=oci")
            #expect(try place.digest(of: "a") == docker.digest)
            #expect(try place.digest(of: "b") == docker.digest)
            #expect(try place.digest(of: "c") == TestIndex([oci]).digest)
            let descriptor = oci.descriptor.content.json.text(.compact)
            try await printed("create", descriptor, "-t", place("d"), "--media-types=docker")
            #expect(try place.digest(of: "d") == TestIndex([docker], dockerTypes: true).digest)
        }
    }

    @Test func `takes attestations along that are about a converted image`() async throws {
        let (docker, oci) = (TestImage(dockerTypes: true), TestImage())
        let attestation = TestImage.attestation(of: docker.descriptor)
        let unchanged = TestImage(Platform(os: "linux", architecture: "arm64"))
        try await ImagePlace.with(.registry, ["v1": TestIndex([docker, unchanged, attestation])]) { place in
            let outcome = try await Tool.imgtool.run(["copy", place("v1"), place("v2"), "--media-types=oci"])
            #expect(outcome.error.contains("statements"), "\(outcome.error)")
            let made = try place.index("v2").manifests
            #expect(made.map(\.digest) == [oci, unchanged, attestation].map(\.digest))
            #expect(made.last?.attestedDigest == "\(oci.digest)")
            #expect(place.has(oci.digest))
        }
    }

    @Test("appends what is converted once, however often it is done")
    func append() async throws {
        let images = try Self.platforms.map { TestImage(try Platform(parsing: $0)) }
        try await ImagePlace.with(.registry, ["0": images[0], "1": images[1], "2": TestIndex([images[2]])]) { place in
            for number in [0, 1, 2, 1, 0] {
                try await printed(
                    "create", "--append", "-t", place("v1"), "--media-types=docker", "--on-conflict=error",
                    place("\(number)"))
            }
            let expected = try Self.index(dockerTypes: true).digest
            #expect(try place.digest(of: "v1") == expected)
        }
    }

    @Test func `of Docker refuses what Docker cannot say, and names it`() async throws {
        let plain = TestImage()
        let foreignZstd = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"
        let zstd = TestImage(layers: [TestLayer(opaque: [1, 2, 3], mediaType: foreignZstd)])
        let annotated = TestImage(annotations: ["org.example.a": "1"])
        let artifact = TestImage.artifact("application/x.sbom", "text")
        let referring = TestImage(subject: plain.descriptor)
        let attestation = TestImage.attestation(of: plain.descriptor)
        let cases: [(any TestContent, [String])] = [
            (zstd, [foreignZstd, "\(zstd.digest)"]), (annotated, ["org.example.a", "\(annotated.digest)"]),
            (artifact, ["artifactType", "\(artifact.digest)"]), (referring, ["subject", "\(referring.digest)"]),
            (TestIndex([plain, zstd]), [foreignZstd, "\(zstd.digest)"]),
            (TestIndex([plain], annotations: ["org.example.b": "1"]), ["org.example.b"]),
            (TestIndex([plain, attestation]), ["\(attestation.digest)", "--attestations=drop"]),
            (TestIndex([TestIndex([plain])]), [MediaType.ociIndex]),
            (TestIndex([TestImage(entryAnnotations: ["org.example.c": "1"])]), ["org.example.c", "\(plain.digest)"]),
        ]
        for (content, parts) in cases {
            try await ImagePlace.with(.layout, ["v1": content]) { place in
                for words in [["copy", place("v1"), place("v2")], ["create", "-t", place("v2"), place("v1")]] {
                    let outcome = try await Tool.imgtool.run(words + ["--media-types=docker"])
                    #expect(outcome.status == 1)
                    for part in parts { #expect(outcome.error.contains(part), "\(part) in \(outcome.error)") }
                }
                #expect(try place.digest(of: "v2") == nil)
            }
        }
    }

    @Test func `of Docker can be had when attestations are moved out of the way`() async throws {
        let (oci, docker) = (TestImage(), TestImage(dockerTypes: true))
        let index = TestIndex([oci, TestImage.attestation(of: oci.descriptor)])
        try await ImagePlace.with(.registry, ["v1": index]) { place in
            try await printed("copy", place("v1"), place("v2"), "--media-types=docker", "--attestations=referrers")
            #expect(try place.digest(of: "v2") == TestIndex([docker], dockerTypes: true).digest)
            let output = try await printed("referrers", "\(place.name)@\(docker.digest)")
            #expect(output.contains("attestation"))
        }
    }

    @Test("converts layers of every compression", arguments: LayerMediaType.all.filter { $0.docker != nil })
    func layers(_ type: LayerMediaType) async throws {
        func image(_ docker: Bool, _ types: [String]) -> TestImage {
            TestImage(
                layers: types.map { TestLayer(opaque: Array($0.utf8.suffix(3)), mediaType: $0) }, dockerTypes: docker)
        }
        let oci = image(false, [type.oci])
        let docker = image(true, [try #require(type.docker)])
        try await ImagePlace.with(.layout, ["v1": oci]) { place in
            try await printed("copy", place("v1"), place("v2"), "--media-types=docker")
            #expect(try place.digest(of: "v2") == docker.digest)
            try await printed("copy", place("v2"), place("v3"), "--media-types=oci")
            #expect(try place.digest(of: "v3") == oci.digest)
        }
    }
}
