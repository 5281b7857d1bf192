import Archive
import TestKit
import Testing

@Suite("A decompressor")
struct DecompressionTests {
    static let commands = [
        ["gzip", "-c"], ["gzip", "-c1"], ["pigz", "-c"], ["bzip2", "-c"], ["xz", "-c"],
        ["xz", "-c", "--block-size=9999"],
        ["zstd", "-c"], ["zstd", "-c", "--long=27"], ["pzstd", "-c"], ["cat"],
    ]

    private func decompress(_ bytes: [UInt8], pieceSize: Int = 10_000) throws -> [UInt8] {
        let decompressor = try Decompressor(source(bytes, pieceSize: pieceSize))
        var content: [UInt8] = []
        while let piece = try decompressor.next() {
            #expect(!piece.isEmpty)
            content += piece
        }
        return content
    }

    @Test("reads what other programs write, in pieces of any size", arguments: commands)
    func othersWork(_ command: [String]) async throws {
        for size in [0, 1, 100_000] {
            let content = compressible(size)
            let outcome = try await Tool(command[0]).run(Array(command.dropFirst()), input: content)
            try #require(outcome.succeeded, "\(outcome.error)")
            for pieceSize in [1, 1000, 1 << 20] {
                #expect(try decompress(outcome.outputBytes, pieceSize: pieceSize) == content, "\(size), \(pieceSize)")
            }
        }
    }

    @Test("reads one stream after another as one", arguments: commands.dropLast())
    func concatenated(_ command: [String]) async throws {
        let parts = [compressible(70_000), [], compressible(1000, seed: 3)]
        var compressed: [UInt8] = []
        for part in parts {
            compressed += try await Tool(command[0]).run(Array(command.dropFirst()), input: part).outputBytes
        }
        for pieceSize in [1, 1 << 20] {
            #expect(try decompress(compressed, pieceSize: pieceSize) == parts.flatMap { $0 })
        }
    }

    @Test(
        "reads what the compressor writes",
        arguments: [.gzip(level: 4), .zstd(level: 3), LayerCompression.none] as [LayerCompression])
    func ownWork(_ compression: LayerCompression) throws {
        for size in CompressionTests.sizes {
            let content = compressible(size)
            #expect(try decompress(compress(content, compression)) == content)
        }
    }

    @Test("takes a stream that ends early for damaged, wherever it is cut", arguments: commands.dropLast(2))
    func truncated(_ command: [String]) async throws {
        let content = compressible(6000)
        let whole = try await Tool(command[0]).run(Array(command.dropFirst()), input: content).outputBytes
        // With fewer bytes nobody knows what it is.
        for count in Array(6..<60) + Array(stride(from: 60, to: whole.count, by: 23)) + [whole.count - 1] {
            let error = #expect(throws: ArchiveError.self, "\(count) of \(whole.count) bytes") {
                try decompress(Array(whole[..<count]))
            }
            #expect([.truncated, .damaged].contains(error?.kind))
        }
    }

    @Test("never passes changed bytes for good", arguments: commands.dropLast())
    func damaged(_ command: [String]) async throws {
        let content = compressible(6000)
        let whole = try await Tool(command[0]).run(Array(command.dropFirst()), input: content).outputBytes
        for index in Array(6..<60) + Array(stride(from: 60, to: whole.count, by: 17)) {
            var changed = whole
            changed[index] ^= 0x10
            // Bits that no checksum covers, as a gzip header's time, may change nothing.
            if let result = try? decompress(changed) { #expect(result == content, "byte \(index)") }
        }
    }

    @Test("allows zeros after gzip and nothing else")
    func afterGzip() throws {
        let member = try compress([1, 2, 3], .gzip(level: 4))
        #expect(try decompress(member + [0, 0, 0, 0], pieceSize: 3) == [1, 2, 3])
        for rest in [[7], [0, 7], [0, 0x1F, 0x8B, 8]] as [[UInt8]] {
            let error = #expect(throws: ArchiveError.self) { try decompress(member + rest) }
            #expect([.damaged, .truncated].contains(error?.kind))
        }
    }

    @Test("throws what its source throws", arguments: commands)
    func failingSource(_ command: [String]) async throws {
        struct Broken: Error {}
        let whole = try await Tool(command[0]).run(Array(command.dropFirst()), input: bigBlob(50_000)).outputBytes
        let good = source(Array(whole[..<20_000]), pieceSize: 700)
        let decompressor = try Decompressor {
            guard let piece = try good() else { throw Broken() }
            return piece
        }
        #expect(throws: Broken.self) { while try decompressor.next() != nil {} }
    }
}
