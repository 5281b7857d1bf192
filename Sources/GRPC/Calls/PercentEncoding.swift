/// Bytes as `%` and two digits.
package enum PercentEncoding {
    /// The text with all that is not a printable ASCII letter encoded.
    package static func encode(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                out += byte < 0x10 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return out
    }

    package static func decode(_ text: String) -> String {
        String(decoding: decode(Array(text.utf8)), as: UTF8.self)
    }

    /// Anything but a code stays as it is.
    ///
    /// - Parameter plusIsSpace: True for the encoding of forms.
    package static func decode(_ bytes: [UInt8], plusIsSpace: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(code)
                rest = rest.dropFirst(2)
            } else {
                out.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return out
    }
}
