import Archive
import TestKit
import Testing

@Suite("A compressor")
struct CompressionTests {
    private static let blockSize = LayerCompression.standard.blockSize
    static let sizes = [0, 1, 1000, blockSize, blockSize + 1, 5 * blockSize + 12_345]

    @Test(
        "writes what other programs read",
        arguments: [
            (.gzip(level: 4), ["gzip", "-dc"]),
            (.gzip(level: 0), ["gzip", "-dc"]),
            (.gzip(level: 9), ["pigz", "-dc"]),
            (.gzip(level: 1), ["python3", "-c", pythonGunzip]),
            (.zstd(level: 3), ["zstd", "-dc"]),
            (.zstd(level: 19), ["zstd", "-dc"]),
            (.none, ["cat"]),
        ] as [(LayerCompression, [String])])
    func isReadByOthers(_ compression: LayerCompression, _ command: [String]) async throws {
        for size in Self.sizes {
            let content = compressible(size)
            let compressed = try compress(content, compression)
            let outcome = try await Tool(command[0]).run(Array(command.dropFirst()), input: compressed)
            #expect(outcome.succeeded && outcome.outputBytes == content, "\(size) bytes: \(outcome.error)")
        }
    }

    private static let pythonGunzip =
        "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"

    @Test(
        "makes the same bytes with any number of workers and from any pieces",
        arguments: [.none, .gzip(level: 4), .gzip(level: 6), .zstd(level: 3), .zstd(level: 1)] as [LayerCompression])
    func isDeterministic(_ compression: LayerCompression) throws {
        for size in [0, 1, Self.blockSize, 17 * Self.blockSize + 5] {
            let content = compressible(size)
            let expected = try compress(content, compression, workers: 1)
            for (workers, pieceSize) in [(2, 1 << 30), (4, 30_000), (7, 3 * Self.blockSize + 1), (64, 65_536)] {
                let actual = try compress(content, compression, workers: workers, pieceSize: pieceSize)
                #expect(actual == expected, "\(size) bytes, \(workers) workers, pieces of \(pieceSize)")
            }
        }
    }

    @Test("makes gzip members of 1 MiB each")
    func members() throws {
        let compressed = try compress([UInt8](repeating: 65, count: 3 * Self.blockSize), .gzip(level: 4))
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        let members = compressed.indices.filter { compressed[$0...].starts(with: header) }
        #expect(members.count == 3 && compressed.count == 3 * (members[1] - members[0]))
        let empty = try compress([], .gzip(level: 4))
        #expect(empty.starts(with: header) && empty.suffix(8).allSatisfy { $0 == 0 })
    }

    @Test("can be left in the middle, and finished twice")
    func abandoning() throws {
        for compression in [.gzip(level: 4), .zstd(level: 3)] as [LayerCompression] {
            let compressor = try Compressor(compression, workers: 4) { _ in }
            try compressor.write([UInt8](repeating: 1, count: 9 * Self.blockSize))
            let collected = Collected()
            let finished = try Compressor(compression, to: collected.add)
            try finished.finish()
            try finished.finish()
            #expect(collected.bytes == (try compress([], compression)))
        }
    }

    @Test("throws what its sink throws")
    func failingSink() throws {
        struct Full: Error {}
        for compression in [.none, .gzip(level: 4), .zstd(level: 3)] as [LayerCompression] {
            let compressor = try Compressor(compression, workers: 2) { _ in throw Full() }
            #expect(throws: Full.self) {
                for _ in 0..<20 { try compressor.write(compressible(Self.blockSize)) }
                try compressor.finish()
            }
        }
    }

    @Test(
        "is chosen by name and level",
        arguments: [
            ("gzip", nil, .gzip(level: 4)), ("gzip", 9, .gzip(level: 9)), ("zstd", nil, .zstd(level: 3)),
            ("zstd", 22, .zstd(level: 22)), ("uncompressed", nil, LayerCompression.none),
        ] as [(String, Int?, LayerCompression)])
    func names(_ name: String, _ level: Int?, _ expected: LayerCompression) throws {
        let compression = try LayerCompression(name: name, level: level)
        #expect(compression == expected)
        #expect(compression.name == name)
    }

    @Test(
        "is refused with what would be right",
        arguments: [
            ("lzip", nil, "there is no compression \"lzip\"; use uncompressed, gzip or zstd"),
            ("gzip", 13, "gzip has no level 13; its levels are 0 to 12"),
            ("zstd", 0, "zstd has no level 0; its levels are 1 to 22"),
        ] as [(String, Int?, String)])
    func refusals(_ name: String, _ level: Int?, _ reason: String) throws {
        let error = #expect(throws: ArchiveError.self) { try LayerCompression(name: name, level: level) }
        #expect(error?.description == reason)
    }
}
