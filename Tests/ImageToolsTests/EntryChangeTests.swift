import ImageTools
import OCI
import Testing

@Suite("Entries before and after")
struct EntryChangeTests {
    private static func entry(_ seed: UInt8, _ platform: String, _ annotations: [String: String] = [:]) throws
        -> Descriptor
    {
        Descriptor(
            mediaType: MediaType.ociManifest, digest: Digest(of: [seed]), size: 1, annotations: annotations,
            platform: try Platform(parsing: platform))
    }

    @Test func `are recognised by digest, then by platform`() throws {
        let old = [
            try Self.entry(1, "linux/amd64"), try Self.entry(2, "linux/arm64"), try Self.entry(3, "linux/arm/v7"),
            try Self.entry(4, "linux/s390x"),
        ]
        let new = [
            try Self.entry(5, "linux/riscv64"), try Self.entry(2, "linux/arm64", ["a": "1"]),
            try Self.entry(6, "linux/arm"), old[0],
        ]
        let changes = EntryChange.all(from: old, to: new)
        #expect(changes.map(\.kind) == [.add, .edit, .edit, .keep, .drop])
        #expect(changes[1].fields.map(\.path) == ["annotations"])
        #expect(changes[2].before == old[2])
        #expect(changes[4].before == old[3])
    }

    @Test func `are counted when they occur twice`() throws {
        let twin = try Self.entry(1, "linux/amd64")
        #expect(EntryChange.all(from: [twin, twin], to: [twin]).map(\.kind) == [.keep, .drop])
        #expect(EntryChange.all(from: [twin], to: [twin, twin]).map(\.kind) == [.keep, .add])
    }
}

@Suite("A selection of entries")
struct EntrySelectionTests {
    private static let platforms = [
        "windows(10.0.17763.1)/amd64", "windows(10.0.20348.1)/amd64", "linux/amd64", "linux/arm/v6", "linux/arm/v7",
    ]

    @Test(
        "means exactly a platform, or else all that match it",
        arguments: [
            ("linux/amd64", [2]), ("linux/arm", [4]), ("windows/amd64", [0, 1]), ("windows(10.0.17763)/amd64", [0]),
            ("linux/arm/v5", []), ("linux/386", []),
        ] as [(String, Set<Int>)])
    func platforms(wanted: String, positions: Set<Int>) throws {
        let entries = try Self.platforms.map { text in
            Descriptor(
                mediaType: MediaType.ociManifest, digest: Digest(of: Array(text.utf8)), size: 1,
                platform: try Platform(parsing: text))
        }
        let selection = EntrySelection(platforms: [try Platform(parsing: wanted)])
        #expect(selection.presentPositions(in: entries) == positions)
        if positions.isEmpty {
            #expect(throws: ImageError.self) { try selection.positions(in: entries, "cannot") }
        } else {
            #expect(try selection.positions(in: entries, "cannot") == positions)
        }
    }
}
