internal import CCrypto

/// Standard base64 (RFC 4648, section 4).
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        var out = [UInt8](repeating: 0, count: 4 * ((bytes.count + 2) / 3) + 1)
        let count = Int(ccrypto_base64_encode(bytes, Int32(bytes.count), &out))
        return String(decoding: out[..<count], as: UTF8.self)
    }

    /// - Parameter text: Base64, with or without padding and surrounding white space.
    /// - Returns: `nil` if it is malformed.
    package static func decode(_ text: String) -> [UInt8]? {
        let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let leading = Array(text.utf8.drop(while: isSpace))
        var digits = Array(leading.reversed().drop(while: isSpace).reversed())
        var padding = 0
        while padding < 2, digits.last == UInt8(ascii: "=") {
            digits.removeLast()
            padding += 1
        }
        let needed = (4 - digits.count % 4) % 4
        guard needed != 3, padding == 0 || padding == needed, digits.allSatisfy(isDigit) else { return nil }
        digits += [UInt8](repeating: UInt8(ascii: "="), count: needed)
        var out = [UInt8](repeating: 0, count: digits.count / 4 * 3)
        guard ccrypto_base64_decode(digits, Int32(digits.count), &out) == out.count else { return nil }
        return Array(out.dropLast(needed))
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
