import JSON
import OCI
import TestKit
import Testing

@Suite("--sort")
struct SortTests {
    /// In the order of their platforms.
    private static let images: [TestImage] = [
        Platform(os: "linux", architecture: "386"), Platform(os: "linux", architecture: "amd64"),
        Platform(os: "linux", architecture: "arm", variant: "v6"),
        Platform(os: "linux", architecture: "arm", variant: "v7"), Platform(os: "linux", architecture: "arm64"),
        Platform(os: "windows", architecture: "amd64", osVersion: "10.0.1"),
        Platform(os: "windows", architecture: "amd64", osVersion: "10.0.2"),
    ].map { TestImage($0) }

    private static let attestations = images.map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
    private static let sorted = TestIndex(images + attestations)

    private func withParts(_ body: (ImagePlace) async throws -> Void) async throws {
        let parts = zip(Self.images, Self.attestations).map { TestIndex([$1, $0]) }
        try await ImagePlace.with(
            .registry,
            [
                "0": parts[0], "1": parts[1], "2": parts[2], "3": parts[3], "4": parts[4], "5": parts[5],
                "6": parts[6],
            ], body)
    }

    @Test("by platform gives the same bytes for any order of the sources", arguments: ["create", "merge"])
    func sources(command: String) async throws {
        try await withParts { place in
            for seed in 1...3 {
                var random = Generator(state: UInt64(seed))
                let sources = (0...6).shuffled(using: &random).map { place("\($0)") }
                let outcome = try await Tool.imgtool.run(
                    [command, "--sort=platform", "-t", place("v\(seed)")] + sources)
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(try place.digest(of: "v\(seed)") == Self.sorted.digest)
            }
            let unsorted = try await printed(command, "--dry-run", "-q", "-t", place("v4"), place("6"), place("0"))
            let digests = try Index(json: JSONValue(parsing: unsorted.utf8)).manifests.map(\.digest)
            let expected = [Self.attestations[6], Self.images[6], Self.attestations[0], Self.images[0]]
            #expect(digests == expected.map(\.digest), "the order of the sources stays the default")
        }
    }

    @Test func `by platform gives the same bytes in whatever order jobs append`() async throws {
        try await withParts { place in
            try await withThrowingTaskGroup(of: Tool.Outcome.self) { group in
                for number in 0...6 {
                    let words = ["create", "--append", "--sort=platform", "-t", place("v1"), place("\(number)")]
                    group.addTask { try await Tool.imgtool.run(words) }
                }
                for try await outcome in group { #expect(outcome.status == 0, "\(outcome.error)") }
            }
            #expect(try place.digest(of: "v1") == Self.sorted.digest)
        }
    }

    @Test func `by platform leaves a single index alone only when it is sorted`() async throws {
        let backwards = TestIndex(Self.images.reversed() + Self.attestations)
        try await ImagePlace.with(.layout, ["sorted": Self.sorted, "not": backwards]) { place in
            for tag in ["sorted", "not"] {
                try await printed("create", "--sort=platform", "-t", place("v1"), place(tag))
                #expect(try place.digest(of: "v1") == Self.sorted.digest)
            }
            try await refused(2, "create", "--sort=size", "-t", place("v1"), place("not"), saying: ["--sort", "size"])
        }
    }
}
