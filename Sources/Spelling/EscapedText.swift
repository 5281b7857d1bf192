extension StringProtocol {
    /// The text as a person may see it, on one line.
    ///
    /// What a terminal would obey (ECMA-48, 5.2 and 5.3), line breaks, and marks that turn the words around them
    /// (Unicode Standard Annex 9) are escapes, as `\x1b`. Strangers choose tags, annotations, platforms and file names.
    package var escaped: String { escaped { _ in false } }

    /// As ``escaped``, but tabs stay.
    package var escapedLine: String { escaped { $0 == "\t" } }

    /// As ``escaped``, but what is on several lines stays there, and so do tabs.
    package var escapedLines: String { escaped { $0 == "\n" || $0 == "\t" } }

    private func escaped(keeping isKept: (Unicode.Scalar) -> Bool) -> String {
        // Nearly all text is like this.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(self) }
        var text = ""
        for scalar in unicodeScalars {
            if !scalar.isOrder || isKept(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += scalar.escape
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Whether it does something to a terminal, or to the text around it, instead of being seen.
    package var isOrder: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        case 0xE0000...0xE007F: true
        default: false
        }
    }

    fileprivate var escape: String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(value, radix: 16)
            if value < 0x100 { return "\\x" + (digits.count < 2 ? "0" : "") + digits }
            return "\\u{\(digits)}"
        }
    }
}
