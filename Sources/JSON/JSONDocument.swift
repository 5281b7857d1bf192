/// A JSON text as received, with its parsed value.
///
/// The bytes are what is hashed and passed on; the value is for reading only.
package struct JSONDocument: Sendable {
    package let bytes: [UInt8]
    package let value: JSONValue

    /// Parses a text.
    ///
    /// - Throws: ``JSONError``.
    package init(bytes: [UInt8]) throws(JSONError) {
        self.bytes = bytes
        value = try JSONValue(parsing: bytes)
    }

    /// The text as received, but with escapes for terminal control characters. The value is the same.
    package func bytes(escapingOrders isEscaping: Bool) -> [UInt8] {
        guard isEscaping else { return bytes }
        var text: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            // Below the space, well-formed JSON has only white space between values.
            case 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                text += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
            default: text += UTF8.encode(scalar).map { Array($0) } ?? []
            }
        }
        return text
    }

    /// Serializes a value.
    package init(_ value: JSONValue, layout: JSONValue.Layout = .indented) {
        self.value = value
        bytes = value.bytes(layout)
    }
}
