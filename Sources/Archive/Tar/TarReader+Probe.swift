internal import Concurrency

extension TarReader {
    /// The number of bytes that ``isArchive(firstBytes:)`` can use: bzip2 may need that much for its first block.
    package static let probeSize = 1 << 20

    /// Returns true if a file is a tar archive with at least one entry, compressed or not: the files that ADD unpacks
    /// (Dockerfile reference, ADD, "Adding local tar archives").
    ///
    /// The name of a file does not matter, and only the first header is examined.
    ///
    /// - Parameter firstBytes: The first ``probeSize`` bytes, or the whole file if it is smaller.
    /// - Throws: ``ArchiveError`` for a compressed file that cannot be decompressed.
    package static func isArchive(firstBytes: [UInt8]) throws -> Bool {
        var pending: [UInt8]? = firstBytes.isEmpty ? nil : firstBytes
        let source: ByteSource = {
            defer { pending = nil }
            return pending
        }
        var block: [UInt8] = []
        do {
            let decompressor = try Decompressor(source)
            while block.count < TarBlock.size, let piece = try decompressor.next() { block += piece }
        } catch let error as ArchiveError {
            // The output so far counts. Truncation is expected if the bytes were cut off here.
            let isCut = error.kind == .truncated && firstBytes.count >= probeSize
            guard isCut || block.count >= TarBlock.size else { throw error }
        }
        return block.count >= TarBlock.size && TarBlock.hasValidChecksum(block.prefix(TarBlock.size))
    }
}

extension TarBlock {
    /// Returns true if the checksum is right; some old writers summed up signed characters.
    static func hasValidChecksum(_ block: ArraySlice<UInt8>) -> Bool {
        let field = (block.startIndex + 148)..<(block.startIndex + 156)
        let digits = block[field].drop { $0 == UInt8(ascii: " ") || $0 == 0 }.prefix { (0x30...0x37).contains($0) }
        guard !digits.isEmpty, let stated = Int(String(decoding: digits, as: UTF8.self), radix: 8) else { return false }
        var (plain, signed) = (0, 0)
        for (index, byte) in zip(block.indices, block) {
            let value = field.contains(index) ? UInt8(ascii: " ") : byte
            plain += Int(value)
            signed += Int(Int8(bitPattern: value))
        }
        return stated == plain || stated == signed
    }
}
