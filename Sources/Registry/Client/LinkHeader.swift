/// A link in a `Link` header (RFC 8288, section 3).
struct LinkHeader: Sendable, Equatable {
    let target: String
    /// The relation types, in lower case.
    let relations: [String]

    /// The links of all `Link` headers of a response.
    struct List: Equatable {
        /// In order.
        var links: [LinkHeader] = []
        /// The headers that are malformed somewhere.
        var malformed: [String] = []
    }

    /// Reads all `Link` headers of a response. A target without angle brackets, as some registries write it, reaches up to
    /// the semicolon.
    static func parse(_ headers: [String]) -> List {
        var list = List()
        for header in headers {
            var parser = LinkParser(header)
            list.links += parser.parse()
            if parser.isMalformed { list.malformed.append(header) }
        }
        return list
    }
}

/// Parses `<target>; name=value; name="quoted, value", <target>`.
private struct LinkParser {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var isMalformed = false

    init(_ header: String) {
        bytes = Array(header.utf8)
    }

    mutating func parse() -> [LinkHeader] {
        var links: [LinkHeader] = []
        while true {
            while take(",") || takeSpace() {}
            guard position < bytes.count else { return links }
            guard let target = take("<") ? text(upTo: ">") : bareTarget() else {
                isMalformed = true
                return links
            }
            var relations: [String]?
            skipSpace()
            while take(";") {
                skipSpace()
                let name = word(until: "=;,")
                skipSpace()
                guard take("=") else { continue }
                skipSpace()
                let value = take("\"") ? quoted() : word(until: ";,")
                skipSpace()
                // A second `rel` has to be ignored (section 3.3).
                if name.lowercased() == "rel", relations == nil {
                    relations = value.lowercased().split(separator: " ").map(String.init)
                }
            }
            links.append(LinkHeader(target: target, relations: relations ?? []))
            guard position == bytes.count || take(",") else {
                isMalformed = true
                return links
            }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func takeSpace() -> Bool { take(" ") || take("\t") }

    private mutating func skipSpace() { while takeSpace() {} }

    /// The text before a character, which is skipped; `nil` if the character does not occur.
    private mutating func text(upTo end: Unicode.Scalar) -> String? {
        guard let close = bytes[position...].firstIndex(of: UInt8(ascii: end)) else { return nil }
        defer { position = close + 1 }
        return String(decoding: bytes[position..<close], as: UTF8.self)
    }

    /// A target that has no angle brackets around it. It may have commas.
    private mutating func bareTarget() -> String? {
        let target = word(until: ";")
        return target.isEmpty ? nil : target
    }

    private mutating func word(until ends: String) -> String {
        let start = position
        while position < bytes.count, !ends.utf8.contains(bytes[position]), bytes[position] != 0x20,
            bytes[position] != 0x09
        {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The rest of a quoted string (RFC 9110, section 5.6.4).
    private mutating func quoted() -> String {
        var value: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
            value.append(bytes[position])
            position += 1
        }
        position = min(position + 1, bytes.count)
        return String(decoding: value, as: UTF8.self)
    }
}
