/// A compiled pattern of a `.dockerignore` file or `--exclude`: `*`, `?`, `[…]`, and `**` for any number of folders.
struct PathPattern: Hashable, Sendable {
    /// True for an exception (`!`).
    let isException: Bool
    private let form: Form

    /// The matching strategy for a pattern. A leading `**` only compares ends, regardless of where a name begins, as in
    /// Docker's matcher.
    private enum Form: Hashable, Sendable {
        case whole([UInt8])
        case beginning([UInt8])
        case end([UInt8])
        case glob([GlobToken])
    }

    /// - Parameter text: A pattern without surrounding white space, with `!` for an exception.
    /// - Returns: `nil` if a bracket or escape is incomplete, nothing follows the `!`, or the pattern has too many
    ///   stars.
    init?(_ text: String) {
        var cleaned = CleanPath.clean(text)
        isException = cleaned.utf8.first == UInt8(ascii: "!")
        if isException { cleaned.removeFirst() }
        guard !cleaned.isEmpty, let form = Self.form(cleaned) else { return nil }
        self.form = form
    }

    private static func form(_ text: String) -> Form? {
        guard let tokens = tokens(text) else { return nil }
        switch tokens.count {
        case 1:
            if case .literal(let bytes) = tokens[0], !text.utf8.contains(UInt8(ascii: "\\")) { return .whole(bytes) }
            if tokens[0] == .anything { return .end([]) }
        case 2:
            if case .literal(let bytes) = tokens[0], tokens[1] == .anything, !text.utf8.contains(UInt8(ascii: "\\")) {
                return .beginning(bytes)
            }
            if tokens[0] == .folders, case .literal = tokens[1], !text.utf8.contains(UInt8(ascii: "\\")) {
                return .end(Array(text.utf8.dropFirst(2)))
            }
        default: break
        }
        return .glob(tokens)
    }

    /// The tokens of a pattern; `crossesFolders` is false where `**` means no more than `*`.
    static func tokens(_ text: String, crossesFolders: Bool = true) -> [GlobToken]? {
        var rest = Array(text.unicodeScalars)[...]
        var tokens: [GlobToken] = []
        var literal = ""
        func flush() {
            if !literal.isEmpty { tokens.append(.literal(Array(literal.utf8))) }
            literal = ""
        }
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*" where crossesFolders && rest.first == "*":
                flush()
                rest.removeFirst()
                if rest.first == "/" { rest.removeFirst() }
                tokens.append(rest.isEmpty ? .anything : .folders)
            case "*":
                flush()
                if tokens.last != .name { tokens.append(.name) }
            case "?":
                flush()
                tokens.append(.letter)
            case "[":
                flush()
                guard let letters = CharacterClass(&rest) else { return nil }
                tokens.append(.oneOf(letters))
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                literal.unicodeScalars.append(escaped)
            default:
                literal.unicodeScalars.append(scalar)
            }
        }
        flush()
        let stars = tokens.count { $0 == .name || $0 == .folders }
        return stars <= maximumStars ? tokens : nil
    }

    /// Each star adds to the recursion depth and the running time.
    private static let maximumStars = 200

    /// Returns true if the pattern matches exactly this path.
    func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        switch form {
        case .whole(let bytes): return path.elementsEqual(bytes)
        case .beginning(let bytes): return path.starts(with: bytes)
        case .end(let bytes):
            if path.count >= bytes.count, path.suffix(bytes.count).elementsEqual(bytes) { return true }
            return bytes.first == UInt8(ascii: "/") && path.elementsEqual(bytes.dropFirst())
        case .glob(let tokens):
            var matcher = GlobMatcher(tokens, path)
            return matcher.matches()
        }
    }

    /// Returns true if the pattern may match something below a folder.
    ///
    /// - Parameter folder: The path of the folder with a slash at the end.
    func mayMatch(below folder: UnsafeBufferPointer<UInt8>) -> Bool {
        switch form {
        case .whole(let bytes): return bytes.count > folder.count && bytes.starts(with: folder)
        case .beginning(let bytes): return bytes.starts(with: folder) || folder.starts(with: bytes)
        case .end: return true
        case .glob(let tokens):
            var matcher = GlobMatcher(tokens, folder, isBeginning: true)
            return matcher.matches()
        }
    }
}

extension String {
    /// Provides the UTF-8 bytes.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var copy = self
        return copy.withUTF8(body)
    }
}
