internal import JSON

extension JSONValue {
    /// Reads a TOML document (version 1.0). Dates and times are strings.
    ///
    /// - Throws: ``TOMLError``.
    init(toml bytes: [UInt8]) throws(TOMLError) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw TOMLError(description: "it is not UTF-8") }
        var parser = TOMLParser(bytes)
        self = try parser.document()
    }
}

/// Reads a TOML document from its beginning to its end.
struct TOMLParser {
    /// How deeply keys and values may be nested.
    static let maximumDepth = 64

    let bytes: [UInt8]
    var position = 0
    var depth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A mark of the byte order says nothing in UTF-8.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func document() throws(TOMLError) -> JSONValue {
        let root = TOMLTable(.header)
        var table = root
        while true {
            try skipLines()
            guard let byte = peek else { return root.json }
            if byte == UInt8(ascii: "[") {
                table = try header(in: root)
            } else {
                try pair(in: table)
            }
            skipSpace()
            let isComment = try skipComment()
            guard isComment || peek == nil || takeNewline() else {
                throw failure("something stands behind the end of it")
            }
        }
    }

    // MARK: Tables and keys

    private mutating func header(in root: TOMLTable) throws(TOMLError) -> TOMLTable {
        let start = position
        position += 1
        let isElement = take("[")
        skipSpace()
        let keys = try keys()
        guard take("]"), !isElement || take("]") else { throw failure("the header is not closed") }
        guard let table = root.begin(keys, isElement: isElement) else {
            throw failure("\(keys.joined(separator: ".")) is something else already", at: start)
        }
        return table
    }

    mutating func pair(in table: TOMLTable) throws(TOMLError) {
        let start = position
        let keys = try keys()
        guard take("=") else { throw failure("\"=\" is missing") }
        skipSpace()
        let value = try value()
        guard table.set(keys, to: value) else {
            throw failure("\(keys.joined(separator: ".")) has a value already", at: start)
        }
    }

    /// A key with its dots, and the space behind it.
    private mutating func keys() throws(TOMLError) -> [String] {
        var keys: [String] = []
        repeat {
            skipSpace()
            keys.append(try key())
            guard keys.count < Self.maximumDepth else { throw failure("the key has too many dots") }
            skipSpace()
        } while take(".")
        return keys
    }

    private mutating func key() throws(TOMLError) -> String {
        switch peek {
        case UInt8(ascii: "\""): return try string(isLiteral: false)
        case UInt8(ascii: "'"): return try string(isLiteral: true)
        default:
            let start = position
            while let byte = peek, Self.isWord(byte) || byte == UInt8(ascii: "-") { position += 1 }
            guard position > start else { throw failure("a key is missing") }
            return text(from: start)
        }
    }

    // MARK: Bytes

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Passes over some characters of ASCII, if they are what comes next.
    mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    mutating func skipSpace() { while take(" ") || take("\t") {} }

    mutating func takeNewline() -> Bool { take("\n") || take("\r\n") }

    /// Passes over space, comments and the ends of lines.
    mutating func skipLines() throws(TOMLError) {
        while true {
            skipSpace()
            if takeNewline() { continue }
            guard try skipComment() else { return }
        }
    }

    /// - Returns: Whether there was one.
    mutating func skipComment() throws(TOMLError) -> Bool {
        guard take("#") else { return false }
        while let byte = peek, byte != UInt8(ascii: "\n"), !bytes[position...].starts(with: "\r\n".utf8) {
            guard !Self.isControl(byte) else { throw failure("a control character is in a comment") }
            position += 1
        }
        return true
    }

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Tabs are allowed wherever text is.
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }

    func failure(_ what: String, at place: Int? = nil) -> TOMLError {
        let before = bytes[..<(place ?? position)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
        return TOMLError(description: "line \(line), column \(column): \(what)")
    }
}
