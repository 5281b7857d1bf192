import JSON
import OCI
import TestKit
import Testing

@Suite("What refers to the images of an index that is made")
struct CreateReferrersTests {
    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private static let index = TestIndex([amd64, arm64])
    private static let attestationType = "application/vnd.docker.attestation.manifest.v1+json"
    private static let bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"

    private static let attestation = TestImage.artifact(attestationType, "provenance", subject: amd64.descriptor)
    private static let bundle = TestImage.artifact(bundleType, "signature", subject: attestation.descriptor)
    private static let bundleOfImage = TestImage.artifact(bundleType, "signature", subject: arm64.descriptor)
    private static let bill = TestImage.artifact("application/spdx+json", "bill", subject: arm64.descriptor)
    private static let all = [attestation, bundle, bundleOfImage, bill]

    /// A place with an index, its images by tag, and everything that refers to these.
    private func with(_ kind: ImagePlace.Kind, _ body: (ImagePlace) async throws -> Void) async throws {
        try await ImagePlace.with(kind, ["v1": Self.index, "amd64": Self.amd64, "arm64": Self.arm64]) { place in
            for (number, referrer) in Self.all.enumerated() { try await place.push(referrer, as: "r\(number)") }
            try await body(place)
        }
    }

    @Test(
        "goes along as buildx takes it: attestations and signatures; it is said what stays behind",
        arguments: ["create", "merge"], ImagePlace.Kind.allCases)
    func byDefault(command: String, kind: ImagePlace.Kind) async throws {
        try await with(kind) { source in
            try await ImagePlace.with(.registry, [:]) { target in
                let outcome = try await Tool.imgtool.run([command, "-t", target("v1"), source("v1")])
                #expect(outcome.status == 0)
                #expect(
                    outcome.error == "warning: 1 referrer of \(Self.arm64.digest) stays behind in "
                        + "\(source.printedName); --referrers copies it\n")
                #expect(try target.digest(of: "v1") == Self.index.digest)
                #expect(Self.all.map { target.has($0.digest) } == [true, true, true, false])
                #expect(try await target.referrers(of: Self.amd64.digest).count == 1)
                #expect(try await target.referrers(of: Self.attestation.digest).count == 1)
            }
        }
    }

    @Test("goes along with --referrers, all of it", arguments: ["create", "merge"], ImagePlace.Kind.allCases)
    func whole(command: String, kind: ImagePlace.Kind) async throws {
        try await with(.registry) { source in
            let ofIndex = TestImage.artifact("application/x", "of the index", subject: Self.index.descriptor)
            try await source.push(ofIndex, as: "ofIndex")
            try await ImagePlace.with(kind, [:]) { target in
                let words = [command, "-t", target("v1"), "--referrers", source("v1")]
                for _ in 0..<2 {
                    let outcome = try await Tool.imgtool.run(words)
                    #expect(outcome.status == 0 && !outcome.error.contains("warning"), "\(outcome.error)")
                }
                for referrer in Self.all + [ofIndex] { #expect(target.has(referrer.digest)) }
                #expect(try await target.referrers(of: Self.arm64.digest).count == 2)
                #expect(try await target.referrers(of: "v1").count == 1)
            }
        }
    }

    @Test func `is not written again where it is listed`() async throws {
        let registry = try await RegistryServer.shared()
        try await with(.registry) { source in
            try await FaultProxy.with(registry) { proxy in
                let target = "\(proxy.host)/\(registry.freshRepository())"
                try await printed("create", "-t", "\(target):v1", "--referrers", source("v1"))
                proxy.reset()
                try await printed("create", "-t", "\(target):v1", "--referrers", source("v1"))
                #expect(proxy.writes == 0)
            }
        }
    }

    @Test func `is recorded in a layout so that containerd and buildx find it`() async throws {
        try await with(.registry) { source in
            try await TemporaryFolder.with { folder in
                try await printed(
                    "create", "-t", "oci:\(folder.file("layout")):v1", "--referrers", source("v1"))
                let entries = try TestLayout(reading: "layout", in: folder).entries()
                let found = Dictionary(uniqueKeysWithValues: entries.map { ($0.digest, $0) })
                for referrer in Self.all {
                    let entry = try #require(found[referrer.digest])
                    let subject = try ManifestContent(
                        bytes: referrer.manifest, mediaType: "", digest: nil, of: "a referrer"
                    ).subject
                    #expect(
                        entry.annotations == ["io.containerd.manifest.subject": "\(subject?.digest.description ?? "")"])
                    #expect(entry.artifactType != nil)
                }
                // It is not an image of the layout, which still has a single one.
                try await printed(
                    "copy", "--platform=linux/amd64", "oci:\(folder.file("layout")):v1",
                    "oci:\(folder.file("one"))@\(Self.amd64.digest)")
                let signed = TestLayout(reading: "one", in: folder)
                try await printed(
                    "copy", "--referrers", source("amd64"), "oci:\(folder.file("one"))@\(Self.amd64.digest)")
                #expect(try signed.entries().count == 3)
                #expect(try await printed("digest", "oci:\(folder.file("one"))") == "\(Self.amd64.digest)\n")
            }
        }
    }

    /// What buildx makes of an attestation that it finds: an entry after the others, with the two annotations of BuildKit.
    @Test("is listed where it is an attestation of a single image", arguments: ImagePlace.Kind.allCases)
    func listed(kind: ImagePlace.Kind) async throws {
        try await with(kind) { source in
            try await ImagePlace.with(.registry, [:]) { target in
                for (tag, words) in [
                    ("made", ["create", "-t", target("made")]), ("merged", ["merge", "-t", target("merged")]),
                ] {
                    try await printed(words + ["--referrers", source("amd64"), source("arm64")])
                    let entries = try target.index(tag).manifests
                    #expect(entries.map(\.digest) == [Self.amd64, Self.arm64, Self.attestation].map(\.digest))
                    var expected = Self.attestation.descriptor.content
                    expected.platform = Platform(os: "unknown", architecture: "unknown")
                    expected.annotations = [
                        AnnotationKey.referenceType: AnnotationKey.attestationManifest,
                        AnnotationKey.referenceDigest: Self.amd64.digest.description,
                    ]
                    #expect(entries.last == expected)
                    #expect(target.has(Self.bundle.digest))
                }
                try await printed("verify", target("made"))
                // Again, and appended to itself, it stays what it is.
                let made = try target.digest(of: "made")
                try await printed(["create", "--append", "-t", target("made"), source("amd64")])
                #expect(try target.digest(of: "made") == made)
                try await printed([
                    "create", "-t", target("plain"), "--attestations=drop", source("amd64"), source("arm64"),
                ])
                #expect(try target.digest(of: "plain") == Self.index.digest)
            }
        }
    }
}
