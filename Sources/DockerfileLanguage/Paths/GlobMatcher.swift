/// A token of a path pattern with wildcards.
enum GlobToken: Hashable {
    case literal([UInt8])
    /// `?`: any letter except a slash.
    case letter
    /// `*`: any number of letters except slashes.
    case name
    /// `**/`: nothing, or anything that ends with a slash.
    case folders
    /// A trailing `**`: anything.
    case anything
    case oneOf(CharacterClass)
}

/// Matches a path against the tokens of a pattern.
struct GlobMatcher {
    let tokens: [GlobToken]
    let path: UnsafeBufferPointer<UInt8>
    /// True to accept a path if some path that begins with it could match.
    let isBeginning: Bool
    /// Token and position pairs that are known not to match, so that no pattern takes exponential time.
    private var failures: Set<Int> = []

    init(_ tokens: [GlobToken], _ path: UnsafeBufferPointer<UInt8>, isBeginning: Bool = false) {
        self.tokens = tokens
        self.path = path
        self.isBeginning = isBeginning
    }

    mutating func matches() -> Bool { matches(from: 0, at: 0) }

    private mutating func matches(from first: Int, at start: Int) -> Bool {
        var position = start
        for index in first..<tokens.count {
            if isBeginning, position == path.count { return true }
            switch tokens[index] {
            case .literal(let bytes):
                let rest = path.count - position
                if isBeginning, rest < bytes.count {
                    return bytes.prefix(rest).elementsEqual(UnsafeBufferPointer(rebasing: path[position...]))
                }
                guard rest >= bytes.count, starts(with: bytes, at: position) else { return false }
                position += bytes.count
            case .letter:
                guard let (scalar, length) = letter(at: position), scalar != "/" else { return false }
                position += length
            case .oneOf(let letters):
                guard let (scalar, length) = letter(at: position), letters.contains(scalar) else { return false }
                position += length
            case .anything:
                return true
            case .name, .folders:
                return rest(after: index, at: position)
            }
        }
        return position == path.count
    }

    /// Tries all lengths of a star, shortest first.
    private mutating func rest(after index: Int, at start: Int) -> Bool {
        if !isBeginning, index + 2 == tokens.count, case .name = tokens[index],
            case .literal(let end) = tokens[index + 1]
        {
            return endsInName(end, from: start)
        }
        let key = index * (path.count + 1) + start
        guard index == 0 || !failures.contains(key) else { return false }
        if matches(from: index + 1, at: start) { return true }
        var position = start
        while position < path.count {
            let isSlash = path[position] == UInt8(ascii: "/")
            position += 1
            if tokens[index] == .name, isSlash { break }
            if tokens[index] == .folders, !isSlash { continue }
            if matches(from: index + 1, at: position) { return true }
        }
        if isBeginning, position == path.count, tokens[index] == .folders || path.last != UInt8(ascii: "/") {
            return true
        }
        if index > 0 { failures.insert(key) }
        return false
    }

    /// `*` followed by literal text only, by far the most frequent pattern.
    private func endsInName(_ end: [UInt8], from start: Int) -> Bool {
        let split = path.count - end.count
        guard split >= start, starts(with: end, at: split) else { return false }
        return !path[start..<split].contains(UInt8(ascii: "/"))
    }

    private func starts(with bytes: [UInt8], at position: Int) -> Bool {
        for (offset, byte) in bytes.enumerated() where path[position + offset] != byte { return false }
        return true
    }

    private func letter(at position: Int) -> (Unicode.Scalar, length: Int)? {
        guard position < path.count else { return nil }
        var decoder = UTF8()
        var bytes = path[position...].makeIterator()
        switch decoder.decode(&bytes) {
        case .scalarValue(let scalar): return (scalar, UTF8.width(scalar))
        case .error, .emptyInput: return ("\u{FFFD}", 1)
        }
    }
}
