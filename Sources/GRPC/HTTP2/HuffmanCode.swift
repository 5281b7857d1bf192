/// The Huffman code of header fields (RFC 7541, appendix B). It is canonical: the lengths of its codes define them.
enum HuffmanCode {
    /// The number of bits for each byte, and for the end.
    private static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
        28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6,
        6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8,
        7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7,
        7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23,
        24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22,
        23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25,
        26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24,
        20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
        27, 27, 27, 26, 30,
    ]

    private static let end = 256
    private static let longest = 30

    /// Of each length: its first code, and the bytes of this length, in their order.
    private static let codes: [(first: UInt32, symbols: [Int])] = {
        var codes: [(first: UInt32, symbols: [Int])] = [(0, [])]
        var next: UInt32 = 0
        for length in 1...longest {
            next <<= 1
            let symbols = lengths.indices.filter { lengths[$0] == length }
            codes.append((next, symbols))
            next += UInt32(symbols.count)
        }
        return codes
    }()

    /// - Returns: `nil` if the code is malformed.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 8 / 5)
        var code: UInt32 = 0
        var length = 0
        for byte in bytes {
            for shift in stride(from: 7, through: 0, by: -1) {
                code = code << 1 | UInt32(byte >> UInt8(shift) & 1)
                length += 1
                guard length <= longest else { return nil }
                let (first, symbols) = codes[length]
                guard code >= first, Int(code - first) < symbols.count else { continue }
                let symbol = symbols[Int(code - first)]
                guard symbol != end else { return nil }
                text.append(UInt8(symbol))
                code = 0
                length = 0
            }
        }
        // The rest is the beginning of the code of the end: ones.
        return length < 8 && code == 1 << UInt32(length) - 1 ? text : nil
    }
}
