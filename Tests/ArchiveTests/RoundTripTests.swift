import Archive
import TestKit
import Testing

@Suite("What is written")
struct RoundTripTests {
    private static func randomName(_ random: inout SeededGenerator) throws -> TarPath {
        let alphabets: [[UInt8]] = [
            Array("abcxyz019._- ".utf8), Array("äöüß漢字🙂e\u{301}".utf8), Array(1...255), [UInt8(ascii: "a")],
        ]
        while true {
            var name: [UInt8] = []
            let alphabet = alphabets.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                if !name.isEmpty { name.append(UInt8(ascii: "/")) }
                for _ in 0..<Int.random(in: 1...140, using: &random) {
                    name.append(alphabet.randomElement(using: &random) ?? 1)
                }
            }
            if let path = try? TarPath(name), !path.isRoot { return path }
        }
    }

    private static func randomEntry(_ random: inout SeededGenerator) throws -> (TarEntry, [UInt8]) {
        let (major, minor) = (
            UInt32.random(in: 0..<4096, using: &random), UInt32.random(in: 0..<1 << 20, using: &random)
        )
        let kinds: [TarEntry.Kind] = [
            .file, .file, .file, .folder, .fifo, .symbolicLink(try randomName(&random).bytes),
            .hardLink(try randomName(&random)), .characterDevice(major: major, minor: minor),
            .blockDevice(major: major, minor: minor),
        ]
        let kind = kinds.randomElement(using: &random) ?? .file
        let sizes = [0, 1, 511, 512, 513, 1024, Int.random(in: 0...200_000, using: &random)]
        let size = kind == .file ? sizes.randomElement(using: &random) ?? 0 : 0
        var entry = TarEntry(
            try randomName(&random), kind, mode: .random(in: 0...0o7777, using: &random), size: Int64(size))
        let ids: [UInt32] = [0, 1000, 0o7777777, 0o10000000, .max - 1]
        entry.uid = ids.randomElement(using: &random) ?? 0
        entry.gid = ids.randomElement(using: &random) ?? 0
        let times: [Int64] = [0, 1, -1, 1_700_000_000, -2_000_000_000, 0o77777777777, 0o100000000000]
        entry.modified = times.randomElement(using: &random) ?? 0
        if case .hardLink = kind { return (entry, []) }
        for number in 0..<Int.random(in: 0...2, using: &random) {
            let value = bigBlob(Int.random(in: 0...300, using: &random), seed: random.next())
            entry.attributes.append(.init("user.x\(number)", value))
        }
        return (entry, bigBlob(size, seed: random.next()))
    }

    @Test("is read back the same", arguments: 0..<25)
    func roundTrip(_ seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let written = try (0..<Int.random(in: 1...30, using: &random)).map { _ in try Self.randomEntry(&random) }
        let tar = try archive(written)
        let compressions: [LayerCompression] = [.none, .gzip(level: 1), .zstd(level: 1)]
        let compressed = try compress(tar, compressions.randomElement(using: &random) ?? .none)
        let read = try entries(of: compressed, pieceSize: Int.random(in: 1...100_000, using: &random))
        try #require(read.count == written.count)
        for (one, other) in zip(read, written) {
            #expect(one.0 == other.0, "seed \(seed)")
            #expect(one.1 == other.1, "seed \(seed)")
        }
    }

    /// A small archive with a bit of everything.
    private static func small() throws -> [(TarEntry, [UInt8])] {
        let attribute = TarEntry.Attribute("user.a", [1, 2, 3])
        return [
            (TarEntry(try .of("a"), .folder, mode: 0o755), []),
            (TarEntry(try .of("a/grün"), .file, mode: 0o644, size: 700, attributes: [attribute]), bigBlob(700)),
            (TarEntry(try .of("b"), .symbolicLink(Array("a".utf8)), mode: 0o777), []),
            (TarEntry(try .of("c"), .file, mode: 0o644, uid: 3_000_000_000, size: 5), [1, 2, 3, 4, 5]),
        ]
    }

    /// The entries that can be read, and whether the archive ended well.
    private static func attempt(_ bytes: [UInt8]) -> (read: [(TarEntry, [UInt8])], isComplete: Bool) {
        var read: [(TarEntry, [UInt8])] = []
        do {
            let reader = try TarReader(source(bytes, pieceSize: 300))
            while let entry = try reader.next() { read.append((entry, try reader.content(limit: 1 << 24))) }
            return (read, true)
        } catch {
            return (read, false)
        }
    }

    @Test(
        "is an error or complete when it is cut off",
        arguments: [.none, .gzip(level: 4), .zstd(level: 3)] as [LayerCompression])
    func prefixes(_ compression: LayerCompression) throws {
        let small = try Self.small()
        let whole = try compress(archive(small), compression)
        for count in 0..<whole.count {
            let (read, isComplete) = Self.attempt(Array(whole[..<count]))
            #expect(!isComplete || read.count == small.count, "\(count) of \(whole.count) bytes")
            for (one, other) in zip(read, small) { #expect(one.0 == other.0 && one.1 == other.1) }
        }
    }

    @Test("is never a crash when it is damaged", arguments: 0..<20)
    func damage(_ seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let plain = try archive(Self.small())
        for whole in [plain, try compress(plain, .gzip(level: 4)), try compress(plain, .zstd(level: 3))] {
            for _ in 0..<40 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let index = Int.random(in: bytes.indices, using: &random)
                    bytes[index] = UInt8.random(in: 0...255, using: &random)
                }
                let (read, isComplete) = Self.attempt(bytes)
                #expect(read.count <= 100 || !isComplete)
            }
        }
    }
}
