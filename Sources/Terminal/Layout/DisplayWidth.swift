internal import Spelling

extension StringProtocol {
    /// The number of terminal columns that the text takes: two for a wide character, one for any other.
    package var displayWidth: Int {
        // The usual case; splitting other text into characters is slow. (CR LF is a single character, and takes no
        // column.)
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x80 }) { return utf8.count }
        return reduce(0) { $0 + $1.displayWidth }
    }

    /// The beginning of the text that fits into a number of columns, with `…` for the rest.
    package func truncated(toWidth width: Int) -> String {
        if displayWidth <= width { return String(self) }
        var text = ""
        var used = 0
        for character in self {
            used += character.displayWidth
            if used > width - 1 { break }
            text.append(character)
        }
        return width > 0 ? text + "…" : ""
    }

    /// The text padded with spaces, on the right or left, to a number of columns.
    package func padded(toWidth width: Int, onTheLeft: Bool = false) -> String {
        let spaces = String(repeating: " ", count: Swift.max(0, width - displayWidth))
        return onTheLeft ? spaces + String(self) : String(self) + spaces
    }

    /// The text on one line, without terminal control characters: white space becomes spaces, the rest is escaped.
    ///
    /// Names and reasons come from registries, which must not be able to move the cursor.
    package var printable: String {
        String(map { $0.isWhitespace && $0.unicodeScalars.contains(where: \.isOrder) ? " " : $0 }).escaped
    }
}

extension Character {
    /// The number of columns, by Unicode's East Asian Width, simplified to its large blocks.
    fileprivate var displayWidth: Int {
        guard let first = unicodeScalars.first?.value, first >= 0x1100 else { return 1 }
        switch first {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            return 1
        }
    }
}
