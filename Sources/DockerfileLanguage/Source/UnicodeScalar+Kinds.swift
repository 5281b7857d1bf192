/// The classes of letters in the language, as in Go's `unicode` package. ASCII has a fast path, since nearly all
/// letters are ASCII and a lookup costs a hundred times more.
extension Unicode.Scalar {
    /// White space in any script, line endings included.
    var isWhiteSpace: Bool {
        isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }

    /// The white space between the words of an instruction.
    var isBlank: Bool { value == 0x20 || value == 0x09 || (0x0B...0x0D).contains(value) }

    /// A letter in any script.
    var isLetter: Bool {
        if isASCII { return (0x61...0x7A).contains(value | 0x20) }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    /// A decimal digit in any script.
    var isDigit: Bool {
        isASCII ? (0x30...0x39).contains(value) : properties.generalCategory == .decimalNumber
    }
}

extension [Unicode.Scalar] {
    /// The letters as a string, by way of UTF-8: building a string from scalars is slow.
    var string: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for scalar in self {
            if scalar.isASCII {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
