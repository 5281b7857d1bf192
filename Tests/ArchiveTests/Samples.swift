import Archive
import Concurrency
import TestKit

extension TarPath {
    static func of(_ name: String) throws -> TarPath { try TarPath(name) }
}

/// Collects what is given to a sink.
final class Collected {
    private(set) var pieces: [[UInt8]] = []
    var bytes: [UInt8] { pieces.flatMap { $0 } }
    func add(_ piece: [UInt8]) { pieces.append(piece) }
}

/// A source that gives bytes in pieces of one size.
func source(_ bytes: [UInt8], pieceSize: Int = 10_000) -> ByteSource {
    var rest = bytes[...]
    return {
        guard !rest.isEmpty else { return nil }
        defer { rest = rest.dropFirst(pieceSize) }
        return Array(rest.prefix(pieceSize))
    }
}

/// An archive of entries with their contents.
func archive(_ entries: [(TarEntry, [UInt8])]) throws -> [UInt8] {
    let collected = Collected()
    let writer = TarWriter(to: collected.add)
    for (entry, content) in entries {
        try writer.add(entry)
        try writer.write(content)
    }
    try writer.finish()
    return collected.bytes
}

/// Everything in an archive.
func entries(
    of bytes: [UInt8], pieceSize: Int = 10_000, limits: TarLimits = TarLimits(), endMayBeMissing: Bool = false
) throws -> [(TarEntry, [UInt8])] {
    let reader = try TarReader(
        source(bytes, pieceSize: pieceSize), limits: limits, endMayBeMissing: endMayBeMissing)
    var entries: [(TarEntry, [UInt8])] = []
    while let entry = try reader.next() { entries.append((entry, try reader.content(limit: 1 << 26))) }
    return entries
}

func compress(
    _ bytes: [UInt8], _ compression: LayerCompression, workers: Int? = nil, pieceSize: Int = 1 << 30
) throws -> [UInt8] {
    let collected = Collected()
    let compressor = try Compressor(compression, workers: workers, to: collected.add)
    let pieces = source(bytes, pieceSize: pieceSize)
    while let piece = try pieces() { try compressor.write(piece) }
    try compressor.finish()
    return collected.bytes
}

/// Text that compresses about as well as programs do, the same for the same seed.
func compressible(_ size: Int, seed: UInt64 = 1) -> [UInt8] {
    let words = bigBlob(4096, seed: seed)
    var text: [UInt8] = []
    for (number, byte) in bigBlob(2000, seed: seed &+ 7).enumerated() {
        let start = Int(byte) * 15
        text += words[start..<start + 20 + number % 100]
        text += [byte, UInt8(number & 0xFF)]
    }
    var content: [UInt8] = []
    content.reserveCapacity(size)
    while content.count < size { content += text.prefix(size - content.count) }
    return content
}

/// Random numbers, the same for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
