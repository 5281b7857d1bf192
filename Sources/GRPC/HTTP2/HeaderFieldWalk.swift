/// A walk over the fields of a header block in their compressed form (RFC 7541, section 6).
struct HeaderFieldWalk {
    /// Longer values are taken out, in bytes as they are sent. They are larger than the table of any encoder, so that
    /// none is added to it.
    private static let longest = 48 << 10

    private let block: [UInt8]
    private var position = 0

    private init(_ block: [UInt8]) {
        self.block = block
    }

    /// A block without its long values.
    ///
    /// - Parameter marking: The short value in place of the long one of a number.
    /// - Returns: `nil` if there is none, or the block is malformed.
    static func shorten(
        _ block: [UInt8], marking mark: (Int) -> [UInt8]
    ) -> (block: [UInt8], values: [[UInt8]])? {
        guard block.count > longest else { return nil }
        var walk = HeaderFieldWalk(block)
        var out: [UInt8] = []
        var values: [[UInt8]] = []
        while walk.position < block.count {
            let start = walk.position
            let kind = block[start]
            if kind & 0x80 != 0 {
                guard walk.integer(bits: 7) != nil else { return nil }
            } else if kind & 0xE0 == 0x20 {
                guard walk.integer(bits: 5) != nil else { return nil }
            } else {
                let isAdded = kind & 0x40 != 0
                guard let name = walk.integer(bits: isAdded ? 6 : 4) else { return nil }
                if name == 0 { guard walk.string() != nil else { return nil } }
                let beforeValue = walk.position
                guard let (value, isHuffman) = walk.string() else { return nil }
                if value.count > longest {
                    guard !isAdded, let text = isHuffman ? HuffmanCode.decode(value) : Array(value) else { return nil }
                    let short = mark(values.count)
                    values.append(text)
                    // The length of the mark fits into the seven bits of its first byte.
                    out += block[start..<beforeValue] + [UInt8(short.count)] + short
                    continue
                }
            }
            out += block[start..<walk.position]
        }
        return values.isEmpty ? nil : (out, values)
    }

    private mutating func integer(bits: Int) -> Int? {
        guard position < block.count else { return nil }
        let mask = 1 << bits - 1
        var value = Int(block[position]) & mask
        position += 1
        if value < mask { return value }
        var shift = 0
        while position < block.count, shift <= 28 {
            let byte = block[position]
            position += 1
            value += Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    private mutating func string() -> (bytes: ArraySlice<UInt8>, isHuffman: Bool)? {
        guard position < block.count else { return nil }
        let isHuffman = block[position] & 0x80 != 0
        guard let count = integer(bits: 7), block.count - position >= count else { return nil }
        defer { position += count }
        return (block[position..<position + count], isHuffman)
    }
}
