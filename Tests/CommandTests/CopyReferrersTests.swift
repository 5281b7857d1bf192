import JSON
import OCI
import TestKit
import Testing

@Suite("--copy-referrers")
struct CopyReferrersTests {
    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private static let s390x = TestImage(Platform(os: "linux", architecture: "s390x"))
    private static let attestation = TestImage.attestation(of: amd64.descriptor)
    private static let index = TestIndex([amd64, arm64])
    private static let attested = TestIndex([amd64, arm64, attestation])

    /// Every command that gives an index another digest, with the result under `made`.
    private static let rewrites: [(name: String, words: @Sendable (ImagePlace) -> [String])] = [
        ("copy --attestations", { ["copy", $0("made"), $0("made"), "--attestations=drop"] }),
        ("copy --platform", { ["copy", $0("made"), $0("made"), "--platform=linux/amd64,linux/arm64"] }),
        ("create --append", { ["create", "--append", "-t", $0("made"), $0("s390x")] }),
        ("create of one", { ["create", "-t", $0("made"), "--attestations=drop", $0("made")] }),
        ("merge", { ["merge", "-t", $0("made"), $0("made"), $0("s390x")] }),
        ("remove", { ["remove", $0("made"), "--platform=linux/arm64"] }),
        ("annotate", { ["annotate", $0("made"), "--annotation=a=1"] }),
    ]

    @Test(
        "moves what refers to an index that is rewritten, and what refers to that; without it, it is said what is lost",
        arguments: rewrites.map(\.name), ImagePlace.Kind.allCases)
    func index(command: String, kind: ImagePlace.Kind) async throws {
        let words = try #require(Self.rewrites.first { $0.name == command }).words
        let old = command == "copy --platform" ? TestIndex([Self.amd64, Self.arm64, Self.s390x]) : Self.attested
        let signature = TestImage.artifact("application/x.signature", "signed", subject: old.descriptor)
        let note = TestImage.artifact("text/note", "on the signature", subject: signature.descriptor)
        for copies in [false, true] {
            try await ImagePlace.with(kind, ["made": old, "s390x": Self.s390x]) { place in
                try await place.push(signature, as: "signature")
                try await place.push(note, as: "note")
                let outcome = try await Tool.imgtool.run(words(place) + (copies ? ["--copy-referrers"] : []))
                #expect(outcome.status == 0, "\(outcome.error)")
                let warning = "1 referrer of \(old.digest) will not be found"
                #expect(outcome.error.contains(warning) == !copies, "\(outcome.error)")
                #expect(try place.digest(of: "made") != old.digest)
                let found = try await place.referrers(of: "made")
                #expect(found.compactMap { $0["artifactType"]?.string } == (copies ? ["application/x.signature"] : []))
                #expect(found.flatMap { $0["referrers"]?.array ?? [] }.count == (copies ? 1 : 0))
            }
        }
    }

    @Test("moves what refers to images of another type, between places, too", arguments: ImagePlace.Kind.allCases)
    func images(kind: ImagePlace.Kind) async throws {
        let signatures = [Self.amd64, Self.arm64].map {
            TestImage.artifact("application/x.signature", "of \($0.digest)", subject: $0.descriptor)
        }
        try await ImagePlace.with(.registry, ["v1": Self.index]) { source in
            for (number, signature) in signatures.enumerated() { try await source.push(signature, as: "s\(number)") }
            try await ImagePlace.with(kind, [:]) { place in
                for (tag, words) in [
                    ("copied", ["copy", source("v1"), place("copied")]),
                    ("made", ["create", "-t", place("made"), source("v1")]),
                    ("merged", ["merge", "-t", place("merged"), source("v1")]),
                ] {
                    let lost = try await Tool.imgtool.run(words + ["--media-types=docker"])
                    let warnings = lost.error.split(separator: "\n").filter { $0.contains("referrers of") }
                    #expect(warnings.count == 1, "\(lost.error)")
                    #expect(warnings.first?.contains("2 referrers of \(Self.amd64.digest) and 1 more") == true)
                    let kept = try await Tool.imgtool.run(words + ["--media-types=docker", "--copy-referrers"])
                    #expect(kept.status == 0 && !kept.error.contains("--copy-referrers"), "\(kept.error)")
                    for entry in try place.index(tag).manifests {
                        #expect(MediaType.isDocker(entry.mediaType))
                        #expect(try await place.referrers(of: entry.digest).count == 1)
                    }
                }
                for signature in signatures {
                    for bytes in signature.blobs { #expect(place.bytes(Digest(of: bytes)) == bytes) }
                }
            }
        }
    }

    @Test func `on a copy brings what refers to unchanged content, too`() async throws {
        let signature = TestImage.artifact("application/x.signature", "signed", subject: Self.arm64.descriptor)
        try await ImagePlace.with(.registry, ["v1": Self.attested]) { place in
            try await place.push(signature, as: "signature")
            try await ImagePlace.with(.registry, [:]) { other in
                try await printed(
                    "copy", place("v1"), other("v1"), "--attestations=drop", "--copy-referrers")
                #expect(try other.digest(of: "v1") == Self.index.digest)
                #expect(try await other.referrers(of: Self.arm64.digest).count == 1)
            }
        }
    }

    @Test func `is said in a rehearsal, which copies nothing`() async throws {
        let signature = TestImage.artifact("application/x.signature", "signed", subject: Self.attested.descriptor)
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": Self.attested, "s390x": Self.s390x])
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["s": signature])
            try await succeeds("push", "\(layout.path):s", "\(repo):s")
        }
        try await FaultProxy.with(registry) { proxy in
            let name = proxy.repository(repo)
            for words in [
                ["create", "--append", "-t", "\(name):v1", "\(name):s390x"],
                ["annotate", "\(name):v1", "--annotation=a=1"],
            ] {
                let rehearsal = try await Tool.imgtool.run(words + ["--dry-run", "--copy-referrers"])
                #expect(rehearsal.error.contains("1 referrer of \(Self.attested.digest) would be copied"))
                #expect(proxy.writes == 0)
            }
        }
    }

    @Test func `that stay behind are said in one line, at the price of three small requests`() async throws {
        let registry = try await RegistryServer.shared()
        let image = TestImage()
        let index = TestIndex([image])
        let signature = TestImage.artifact("text/plain", "signature")
        let tag = "sha256-\(index.digest.hex).sig"
        let repo = try registry.repository(["v1": index, tag: signature, "plain": image])
        let bill = TestImage.artifact("application/spdx+json", "bill", subject: index.descriptor)
        try await TemporaryFolder.with { folder in
            try await printed("push", "oci:\(try TestLayout(in: folder, ["b": bill]).path):b", "\(repo):bill")
            try await FaultProxy.with(registry) { proxy in
                let source = proxy.repository(repo)
                let note = "2 referrers of \(index.digest) stay behind in \(source); --referrers copies them\n"
                for target in ["\(repo)-a:v1", "oci:\(folder.file("copy")):v1", "oci-archive:\(folder.file("a.tar"))"] {
                    let outcome = try await Tool.imgtool.run(["copy", "\(source):v1", target])
                    #expect(outcome.status == 0 && outcome.error == note, "\(outcome.error)")
                }
                // Once it is there, nobody asks; nor in the repository itself; nor where there are none.
                proxy.reset()
                for (from, to) in [
                    ("v1", "\(repo)-a:v1"), ("v1", "\(source):v2"), ("plain", "\(repo)-a:plain"),
                ] {
                    let outcome = try await Tool.imgtool.run(["copy", "\(source):\(from)", to])
                    #expect(outcome.status == 0 && !outcome.error.contains("behind"), "\(outcome.error)")
                }
                #expect(proxy.count("GET", "/referrers/") == 1)
                #expect(proxy.count("HEAD", ".sig") == 1)
                #expect(proxy.count("GET", "/manifests/sha256-") == 1)
            }
            #expect(try await Tool.imgtool.run(["copy", "-q", "\(repo):v1", "\(repo)-q:v1"]).error == "")
        }
    }

    @Test func `are not needed: a source that does not tell is copied without them`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": TestImage()])
        let faults = [Fault(.status(403), at: "/referrers/"), Fault(.status(500), on: "HEAD", at: ".sig")]
        try await FaultProxy.with(registry, faults) { proxy in
            _ = try await succeeds("copy", "--attempts", "1", "\(proxy.repository(repo)):v1", "\(repo)-a:v1")
        }
    }
}
