internal import Concurrency

extension TarReader {
    /// As much of a file as ``isArchive(firstBytes:)`` can make use of: bzip2 may need that much for its first block.
    package static let probeSize = 1 << 20

    /// Whether a file that begins like this is a tar archive with at least one entry, compressed or not: what ADD
    /// unpacks (Dockerfile reference, ADD, "Adding local tar archives").
    ///
    /// A compressed file that is no archive is not one, whatever its name. Nothing but the first header is looked at.
    ///
    /// - Parameter firstBytes: The first ``probeSize`` bytes, or all there are.
    /// - Throws: ``ArchiveError`` for what is compressed and cannot be decompressed, so that nobody knows what is in it.
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
            // What came out before counts. Bytes that were cut off here end too early, and that is no fault.
            let isCut = error.kind == .truncated && firstBytes.count >= probeSize
            guard isCut || block.count >= TarBlock.size else { throw error }
        }
        return block.count >= TarBlock.size && TarBlock.hasValidChecksum(block.prefix(TarBlock.size))
    }
}

extension TarBlock {
    /// Whether the checksum is right; writers of old summed up signed characters.
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
