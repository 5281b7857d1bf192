extension JSONValue {
    /// How written JSON is laid out. The bytes are those of Go's `encoding/json`, which the field's tools agree on.
    package enum Layout: Sendable {
        /// No white space at all.
        case compact
        /// One member or element a line, two spaces for each level, no newline at the end.
        case indented
    }

    /// The text of the value: members in their order, `<`, `>` and `&` escaped.
    package func text(_ layout: Layout = .indented) -> String {
        String(decoding: bytes(layout), as: UTF8.self)
    }

    /// The UTF-8 bytes of ``text(_:)``.
    package func bytes(_ layout: Layout = .indented) -> [UInt8] {
        var writer = JSONWriter(indents: layout == .indented)
        writer.write(self)
        return writer.out
    }
}

private struct JSONWriter {
    let indents: Bool
    var out: [UInt8] = []
    var level = 0

    init(indents: Bool) {
        self.indents = indents
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .real(let value): out += "\(value)".utf8
        case .string(let value): write(string: value)
        case .array(let elements):
            write(open: "[", close: "]", elements) { writer, element in writer.write(element) }
        case .object(let object):
            write(open: "{", close: "}", object.members) { writer, member in
                writer.write(string: member.name)
                writer.out += (writer.indents ? ": " : ":").utf8
                writer.write(member.value)
            }
        }
    }

    private mutating func write<Element>(
        open: String, close: String, _ elements: [Element], each: (inout JSONWriter, Element) -> Void
    ) {
        out += open.utf8
        level += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            newline()
            each(&self, element)
        }
        level -= 1
        if !elements.isEmpty { newline() }
        out += close.utf8
    }

    private mutating func newline() {
        guard indents else { return }
        out.append(UInt8(ascii: "\n"))
        for _ in 0..<level { out += "  ".utf8 }
    }

    private mutating func write(string: String) {
        out.append(UInt8(ascii: "\""))
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\"".utf8
            case "\\": out += "\\\\".utf8
            case "\n": out += "\\n".utf8
            case "\r": out += "\\r".utf8
            case "\t": out += "\\t".utf8
            case "\u{8}": out += "\\b".utf8
            case "\u{C}": out += "\\f".utf8
            case "<", ">", "&", "\u{0}"..<"\u{20}", "\u{2028}", "\u{2029}": write(escape: scalar)
            default: out += UTF8.encode(scalar).map { Array($0) } ?? []
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private mutating func write(escape scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        out += "\\u".utf8
        out += String(repeating: "0", count: 4 - digits.count).utf8
        out += digits.utf8
    }
}
