import JSON
import OCI
import TestKit
import Testing

@Suite("verify")
struct VerifyTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    @Test("finds nothing wrong with what is right", arguments: ImagePlace.Kind.allCases)
    func right(kind: ImagePlace.Kind) async throws {
        let index = TestIndex([
            amd64, arm64, TestImage.attestation(of: amd64.descriptor), TestIndex([amd64]),
            TestImage.artifact("text/x", "x"),
        ])
        let docker = try TestIndex(platforms: ["linux/amd64", "linux/arm/v7"], dockerTypes: true)
        try await ImagePlace.with(kind, ["v1": index, "docker": docker, "one": amd64]) { place in
            for tag in ["v1", "docker", "one"] {
                for flags in [[], ["--quick"]] {
                    let outcome = try await Tool.imgtool.run(["verify", place(tag)] + flags)
                    #expect(outcome.status == 0)
                    #expect(outcome.output == "", "\(outcome.output)")
                    #expect(outcome.error.contains("0 errors, 0 warnings"), "\(outcome.error)")
                }
            }
        }
    }

    @Test func `ends where indexes list each other's entries without end`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": amd64])
            var entry = amd64.descriptor
            for _ in 0..<3 {
                let entries = [Descriptor](repeating: entry, count: 400)
                let bytes = Index(mediaType: MediaType.ociIndex, manifests: entries).json.bytes()
                entry = Descriptor(mediaType: MediaType.ociIndex, digest: Digest(of: bytes), size: Int64(bytes.count))
                try folder.write("layout/blobs/sha256/\(entry.digest.hex)", bytes)
            }
            let outcome = try await imgtool("verify", "oci:\(layout.path)@\(entry.digest)")
            expectFailure(outcome, 1, naming: "there are more than 100000 entries below it")
        }
    }

    @Test func `finds every damage of a layout, each in one line with the path to it`() async throws {
        let layers = (1...3).map { TestLayer("file", "\($0)") }
        let image = TestImage(Platform(os: "linux", architecture: "s390x"), layers: layers)
        let index = TestIndex([amd64, image, arm64])
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": index])
            func path(_ digest: Digest) -> String { "layout/blobs/sha256/\(digest.hex)" }
            try folder.write(path(Digest(of: layers[0].blob)), [1, 2, 3])
            let forged = [UInt8](repeating: 7, count: layers[1].blob.count)
            try folder.write(path(Digest(of: layers[1].blob)), forged)
            try await Tool("rm").output(folder.file(path(arm64.digest)), folder.file(path(Digest(of: layers[2].blob))))
            let outcome = try await Tool.imgtool.run(["verify", "oci:\(layout.path):v1"])
            #expect(outcome.status == 5)
            let lines = outcome.output.split(separator: "\n")
            try #require(lines.count == 4, "\(outcome.output)")
            for (position, (place, digest)) in [
                ("layers[0]", Digest(of: layers[0].blob)), ("layers[1]", Digest(of: layers[1].blob)),
                ("layers[2]", Digest(of: layers[2].blob)),
            ].enumerated() {
                #expect(lines[position].hasPrefix("error: manifests[1] linux/s390x > \(place): "))
                #expect(lines[position].contains("\(digest)"))
            }
            #expect(lines[3].hasPrefix("error: manifests[2] linux/arm64: "))
            #expect(outcome.error.contains("4 errors"))
            let quick = try await Tool.imgtool.run(["verify", "--quick", "oci:\(layout.path):v1"])
            #expect(quick.status == 5)
            #expect(quick.output.split(separator: "\n").count == 3)
        }
    }

    @Test func `finds forged and missing blobs of a registry`() async throws {
        try await RegistryServer.with { registry in
            try registry.put(TestIndex([amd64, arm64]), in: "app", tag: "v1")
            let layer = try amd64.layer
            try registry.corrupt(layer.digest, with: [UInt8](repeating: 7, count: Int(layer.size)))
            let outcome = try await Tool.imgtool.run(["verify", "\(registry.host)/app:v1"])
            #expect(outcome.status == 5)
            #expect(outcome.output.hasPrefix("error: manifests[0] linux/amd64 > layers[0]: "), "\(outcome.output)")
            #expect(outcome.output.split(separator: "\n").count == 1)
        }
    }

    @Test("finds contradictions", arguments: Contradiction.all)
    func contradictions(_ contradiction: Contradiction) async throws {
        try await ImagePlace.with(.layout, ["v1": contradiction.content]) { place in
            let outcome = try await Tool.imgtool.run(["verify", place("v1")])
            #expect(outcome.status == (contradiction.isError ? 5 : 0))
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.count == 1, "\(outcome.output)")
            #expect(lines.first?.hasPrefix(contradiction.isError ? "error: " : "warning: ") == true)
            #expect(lines.first?.contains(contradiction.words) == true, "\(outcome.output)")
            let strict = try await Tool.imgtool.run(["verify", "--strict", place("v1")])
            #expect(strict.status == 5)
            #expect(strict.output == "error: " + outcome.output.drop { $0 != ":" }.dropFirst(2))
        }
    }

    @Test func `tells scripts what it found`() async throws {
        let content = TestIndex([amd64, TestImage.attestation(of: arm64.descriptor)])
        try await ImagePlace.with(.registry, ["v1": content]) { place in
            let outcome = try await Tool.imgtool.run(["verify", "-q", "--format", "json", place("v1")])
            #expect(outcome.status == 5)
            #expect(outcome.error == "")
            let report = try JSONValue(parsing: outcome.outputBytes)
            #expect(report["ok"] == false)
            #expect(report["manifests"] == 3)
            #expect(report["findings"]?.array?.first?["path"] == "manifests[1] attestation")
            try await refused(3, "verify", place("v2"))
        }
    }
}

/// Content in which one thing speaks against another.
struct Contradiction: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let content: any TestContent
    let words: String
    var isError = true

    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    static let all: [Contradiction] = [
        Contradiction(
            testDescription: "an entry of another platform than its configuration",
            content: listing(amd64) { $0.platform?.architecture = "arm64" }, words: "its configuration says linux/amd64"
        ),
        Contradiction(
            testDescription: "an entry of another size", content: listing(amd64) { $0.size += 1 }, words: "bytes"),
        Contradiction(
            testDescription: "an attestation of nothing",
            content: TestIndex([amd64, TestImage.attestation(of: arm64.descriptor)]), words: "\(arm64.digest)"),
        Contradiction(
            testDescription: "two images of one platform",
            content: TestIndex([amd64, TestImage(layers: [TestLayer("x", "y")])]), words: "same platform",
            isError: false),
        Contradiction(
            testDescription: "a Docker layer in an OCI image",
            content: TestImage(layers: [
                TestLayer(opaque: [1], mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip")
            ]), words: "Docker's type", isError: false),
        Contradiction(
            testDescription: "an OCI layer in a Docker image",
            content: TestImage(
                layers: [TestLayer(opaque: [1], mediaType: "application/vnd.oci.image.layer.v1.tar+gzip")],
                dockerTypes: true), words: "an OCI type", isError: false),
        Contradiction(
            testDescription: "an OCI image in a Docker list", content: TestIndex([amd64], dockerTypes: true),
            words: "Docker manifest list", isError: false),
        Contradiction(
            testDescription: "fewer diff ids than layers",
            content: withoutDiffIDs, words: "0 diff ids for 1 layers"),
    ]

    /// An image whose configuration knows nothing of its layer.
    private static let withoutDiffIDs: RawContent = {
        let config: JSONValue = [
            "architecture": "amd64", "os": "linux", "rootfs": ["type": "layers", "diff_ids": []],
        ]
        func part(_ type: String, _ bytes: [UInt8]) -> JSONValue {
            Descriptor(mediaType: type, digest: Digest(of: bytes), size: Int64(bytes.count)).json
        }
        let layer = TestLayer("file", "text").blob
        let manifest: JSONValue = [
            "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest),
            "config": part(MediaType.ociConfig, config.bytes(.compact)),
            "layers": [part("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
        ]
        return RawContent(
            manifest.text(), mediaType: MediaType.ociManifest, blobs: [config.bytes(.compact), layer])
    }()

    /// An index whose only entry was changed.
    private static func listing(_ image: TestImage, _ change: (inout Descriptor) -> Void) -> RawContent {
        var entry = image.descriptor
        change(&entry)
        return RawContent(Index(mediaType: MediaType.ociIndex, manifests: [entry]).json.text(), children: [image])
    }
}

extension TestImage {
    /// The first layer.
    fileprivate var layer: Descriptor {
        get throws { try ImageManifest(json: JSONValue(parsing: manifest)).layers[0] }
    }
}

@Suite("verify --deep")
struct DeepVerifyTests {
    /// A program that is nothing but its header.
    private static func program(_ machine: UInt8) -> [UInt8] {
        [0x7F, 0x45, 0x4C, 0x46, 2, 1] + [UInt8](repeating: 0, count: 12) + [machine, 0] + Array("code".utf8)
    }

    private static let (amd64, arm64): ([UInt8], [UInt8]) = (program(62), program(183))

    @Test(
        "finds executables for another machine", arguments: ["gzip", "zstd", "none"])
    func executables(compression: String) async throws {
        try await TemporaryFolder.with { folder in
            for (name, bytes) in [("bin/app", Self.amd64), ("bin/right", Self.arm64), ("data", Self.amd64)] {
                try await Tool("chmod").output(name == "data" ? "644" : "755", try folder.write("root/\(name)", bytes))
            }
            try await Tool("tar").output("-C", folder.file("root"), "-cf", folder.file("layer.tar"), ".")
            let tar = try folder.bytes("layer.tar")
            if compression != "none" {
                try await Tool(compression).output("-q", "-k", folder.file("layer.tar"))
            }
            let suffix = ["gzip": ".gz", "zstd": ".zst"][compression] ?? ""
            let type = "application/vnd.oci.image.layer.v1.tar" + (compression == "none" ? "" : "+\(compression)")
            let layer = TestLayer(opaque: try folder.bytes("layer.tar\(suffix)"), mediaType: type)
            let image = TestImage(Platform(os: "linux", architecture: "arm64"), layers: [layer])
            let layout = try TestLayout(in: folder, ["v1": TestIndex([image])])
            let outcome = try await Tool.imgtool.run(["verify", "--deep", "oci:\(layout.path):v1"])
            #expect(outcome.status == 5)
            let place = "error: manifests[0] linux/arm64 > layers[0]: "
            var expected = ["\(place)bin/app is for linux/amd64 in an image for linux/arm64"]
            // The opaque layer says that its diff id is its digest, which is so without compression only.
            if compression != "none" {
                expected.insert("\(place)its content has the diff id \(Digest(of: tar)), not \(layer.diffID)", at: 0)
            }
            #expect(outcome.output.split(separator: "\n").map(String.init) == expected)
        }
    }

    @Test("finds nothing wrong with what is right, and what is not an archive", arguments: ImagePlace.Kind.allCases)
    func right(kind: ImagePlace.Kind) async throws {
        let image = TestImage()
        let broken = TestImage(layers: [
            TestLayer(opaque: [1, 2, 3], mediaType: "application/vnd.oci.image.layer.v1.tar")
        ])
        let index = TestIndex([image, TestImage.attestation(of: image.descriptor)])
        try await ImagePlace.with(kind, ["v1": index, "broken": broken]) { place in
            #expect(try await printed("verify", "--deep", place("v1")) == "")
            let outcome = try await Tool.imgtool.run(["verify", "--deep", place("broken")])
            #expect(outcome.status == 5)
            #expect(outcome.output.hasPrefix("error: layers[0]: cannot unpack the layer "), "\(outcome.output)")
            try await refused(2, "verify", "--deep", "--quick", place("v1"))
        }
    }
}
