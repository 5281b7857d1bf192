import JSON
import OCI
import TestKit
import Testing

@Suite("--attestations")
struct AttestationRuleTests {
    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private static let attestations = [amd64, arm64].map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
    private static let index = TestIndex([amd64, arm64] + attestations)
    private static let bare = TestIndex([amd64, arm64])

    /// Each command with what comes before and after its source; the result is `made`.
    private static let commands: [(name: String, words: @Sendable (ImagePlace) -> [String])] = [
        ("create", { ["create", "-t", $0("made"), $0("v1")] }), ("merge", { ["merge", "-t", $0("made"), $0("v1")] }),
        ("copy", { ["copy", $0("v1"), $0("made")] }),
        ("append", { ["create", "--append", "-t", $0("made"), $0("v1")] }),
    ]

    private func run(
        _ command: String, _ kind: ImagePlace.Kind, _ flags: String...,
        check: (ImagePlace, Tool.Outcome) async throws -> Void
    ) async throws {
        let words = try #require(Self.commands.first { $0.name == command }).words
        try await ImagePlace.with(kind, ["v1": Self.index]) { place in
            let outcome = try await Tool.imgtool.run(words(place) + flags)
            #expect(outcome.status == 0, "\(outcome.error)")
            try await check(place, outcome)
            // Nothing more happens when it is done again.
            let digest = try place.digest(of: "made")
            #expect(try await Tool.imgtool.run(words(place) + flags).status == 0)
            #expect(try place.digest(of: "made") == digest)
            try await printed("verify", place("made"))
        }
    }

    @Test("=keep leaves them in the index", arguments: commands.map(\.name), ImagePlace.Kind.allCases)
    func keep(command: String, kind: ImagePlace.Kind) async throws {
        try await run(command, kind, "--attestations=keep") { place, outcome async throws in
            #expect(try place.digest(of: "made") == Self.index.digest)
            #expect(outcome.error == "")
        }
    }

    @Test("=drop leaves them out", arguments: commands.map(\.name), ImagePlace.Kind.allCases)
    func drop(command: String, kind: ImagePlace.Kind) async throws {
        try await run(command, kind, "--attestations=drop") { place, outcome async throws in
            #expect(try place.digest(of: "made") == Self.bare.digest)
            #expect(try place.digest(of: "v1") == Self.index.digest)
            if command == "copy" {
                #expect(outcome.error.contains("rewritten") && outcome.error.contains("\(Self.bare.digest)"))
            }
        }
    }

    @Test("=referrers makes them refer to their image", arguments: commands.map(\.name), ImagePlace.Kind.allCases)
    func referrers(command: String, kind: ImagePlace.Kind) async throws {
        try await run(command, kind, "--attestations=referrers") { place, _ in
            #expect(try place.digest(of: "made") == Self.bare.digest)
            for (image, attestation) in zip([Self.amd64, Self.arm64], Self.attestations) {
                let found = try await place.referrers(of: image.digest)
                #expect(found.count == 1)
                #expect(found.first?["artifactType"] == "application/vnd.docker.attestation.manifest.v1+json")
                let digest = try Digest(found.first?["digest"]?.string ?? "")
                let manifest = try JSONValue(parsing: try #require(place.bytes(digest)))
                #expect(manifest["subject"] == image.descriptor.content.json)
                let entry = try JSONValue(parsing: attestation.manifest)
                #expect(manifest["layers"] == entry["layers"])
            }
        }
    }

    @Test("=referrers brings everything to another place", arguments: ImagePlace.Kind.allCases)
    func elsewhere(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(.registry, ["v1": Self.index]) { source in
            try await ImagePlace.with(kind, [:]) { place in
                for words in [
                    ["copy", source("v1"), place("copied")],
                    ["create", "-t", place("made"), "--platform=linux/arm64", source("v1")],
                ] {
                    let outcome = try await Tool.imgtool.run(words + ["--attestations=referrers"])
                    #expect(outcome.status == 0, "\(outcome.error)")
                }
                #expect(try place.digest(of: "copied") == Self.bare.digest)
                #expect(try place.digest(of: "made") == TestIndex([Self.arm64]).digest)
                #expect(try await place.referrers(of: Self.arm64.digest).count == 1)
                for bytes in Self.attestations.flatMap(\.blobs) { #expect(place.bytes(Digest(of: bytes)) == bytes) }
            }
        }
    }

    @Test func `=referrers refuses an attestation of what is not there`() async throws {
        let stray = TestIndex([Self.amd64, Self.attestations[1]])
        try await ImagePlace.with(.layout, ["v1": stray]) { place in
            try await refused(
                1, "copy", place("v1"), place("made"), "--attestations=referrers",
                saying: ["\(Self.attestations[1].digest)", "--attestations=drop"])
            try await refused(
                2, "copy", place("v1"), place("made"), "--attestations=hide", saying: ["keep, drop or referrers"])
            #expect(try place.digest(of: "made") == nil)
        }
    }
}
