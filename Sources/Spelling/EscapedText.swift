extension StringProtocol {
    /// The text escaped for display on one line.
    ///
    /// Terminal control characters (ECMA-48, 5.2 and 5.3), line breaks and bidirectional formatting characters (Unicode
    /// Standard Annex 9) become escapes such as `\x1b`: tags, annotations, platforms and file names are untrusted.
    package var escaped: String { escaped { _ in false } }

    /// Like ``escaped``, but keeps tabs.
    package var escapedLine: String { escaped { $0 == "\t" } }

    /// Like ``escaped``, but keeps line breaks and tabs.
    package var escapedLines: String { escaped { $0 == "\n" || $0 == "\t" } }

    private func escaped(keeping isKept: (Unicode.Scalar) -> Bool) -> String {
        // The usual case.
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
    /// True if the character controls a terminal or the text around it instead of being visible.
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
