import JSON
import OCI
import TestKit
import Testing

@Suite("create --on-conflict")
struct ConflictTests {
    private static let old = TestImage()
    private static let new = TestImage(layers: [TestLayer("new", "new")])
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private static let attestations = [old, new].map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
    /// What is there, and what comes to it.
    private static let base = TestIndex([old, arm64, attestations[0]])
    private static let other = TestIndex([new, attestations[1]])

    private static let results: KeyValuePairs = [
        "replace": [new, arm64, attestations[1]], "keep": [old, arm64, attestations[0]],
        "both": [old, arm64, attestations[0], new, attestations[1]],
    ]

    @Test(
        "decides between two images of one platform, with and without --append", arguments: ["replace", "keep", "both"])
    func decision(rule: String) async throws {
        let expected = try #require(Self.results.first { $0.key == rule }?.value.map(\.digest))
        try await ImagePlace.with(.registry, ["v1": Self.base, "new": Self.other]) { place in
            try await printed("create", "-t", place("made"), place("v1"), place("new"), "--on-conflict", rule)
            #expect(try place.index("made").manifests.map(\.digest) == expected)
            for _ in 1...2 {
                try await printed("create", "--append", "-t", place("v1"), place("new"), "--on-conflict", rule)
                #expect(try place.index("v1").manifests.map(\.digest) == expected)
            }
        }
    }

    @Test func `is error without --append, which names the flag, and replace with it`() async throws {
        try await ImagePlace.with(.registry, ["v1": Self.base, "new": Self.other]) { place in
            let parts = ["linux/amd64", "\(Self.old.digest)", "\(Self.new.digest)", "--on-conflict"]
            try await refused(1, "create", "-t", place("made"), place("v1"), place("new"), saying: parts)
            try await refused(
                1, "create", "--append", "-t", place("v1"), place("new"), "--on-conflict=error", saying: parts)
            #expect(try place.digest(of: "v1") == Self.base.digest)
            try await printed("create", "--append", "-t", place("v1"), place("new"))
            #expect(
                try place.index("v1").manifests.map(\.digest)
                    == [Self.new, Self.arm64, Self.attestations[1]].map(\.digest))
            try await refused(
                2, "create", "-t", place("x"), place("v1"), "--on-conflict=maybe",
                saying: ["replace, error, keep or both", "maybe"])
        }
    }
}
