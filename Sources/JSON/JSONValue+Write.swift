extension JSONValue {
    /// The layout of serialized JSON.
    package struct Layout: Sendable, Hashable {
        /// The indentation of each level; `nil` for no white space at all.
        let indent: String?
        /// True to escape `<`, `>` and `&`, as Go's `encoding/json` does by default.
        var escapesMarkup = true
        /// True to escape terminal control characters, even where JSON does not require it.
        var escapesOrders = false
        /// True to end the text with a newline.
        var endsLine = false

        /// No white space at all, as Go's `json.Marshal` writes.
        package static let compact = Layout(indent: nil)
        /// Like ``compact``, but with `<`, `>` and `&` unescaped, for people.
        package static let legible = Layout(indent: nil, escapesMarkup: false)
        /// For terminal output, on one line.
        package static let shownOnOneLine = Layout(indent: nil, escapesOrders: true)
        /// For terminal output.
        package static let shown = Layout(indent: "  ", escapesOrders: true)
        /// One member or element per line, indented by two spaces, without a newline at the end: the usual layout of
        /// manifests.
        package static let indented = Layout(indent: "  ")

        /// All layouts that common tools write, the most frequent first.
        fileprivate static let known: [Layout] = [nil, "  ", "   ", "    ", "\t"].flatMap { indent in
            [(true, false), (false, false), (true, true), (false, true)].map { escapes, ends in
                Layout(indent: indent, escapesMarkup: escapes, endsLine: ends)
            }
        }
    }

    /// The value as text for output: members in their order, `<`, `>`, `&` and terminal control characters escaped.
    package func text(_ layout: Layout = .shown) -> String {
        String(decoding: bytes(layout), as: UTF8.self)
    }

    /// The value as stored and sent, in UTF-8: members in their order, `<`, `>` and `&` escaped.
    package func bytes(_ layout: Layout = .indented) -> [UInt8] {
        var writer = JSONWriter(layout)
        writer.write(self)
        if layout.endsLine { writer.out.append(UInt8(ascii: "\n")) }
        return writer.out
    }
}

extension JSONDocument {
    /// The layout that reproduces exactly these bytes; ``JSONValue/Layout/indented`` if there is none.
    package var layout: JSONValue.Layout {
        // What follows the first bracket reveals the indentation; no need to try all layouts.
        let rest = bytes.dropFirst()
        let line = rest.first == UInt8(ascii: "\n") ? rest.dropFirst() : []
        let indent = line.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let found = indent.isEmpty ? nil : String(decoding: indent, as: UTF8.self)
        return JSONValue.Layout.known.first { $0.indent == found && value.bytes($0) == bytes } ?? .indented
    }
}

private struct JSONWriter {
    let layout: JSONValue.Layout
    var out: [UInt8] = []
    var level = 0

    init(_ layout: JSONValue.Layout) {
        self.layout = layout
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .number(let number): out += number.text.utf8
        case .string(let value): write(string: value)
        case .array(let elements):
            write(open: "[", close: "]", elements) { writer, element in writer.write(element) }
        case .object(let object):
            write(open: "{", close: "}", object.members) { writer, member in
                writer.write(string: member.name)
                writer.out += (writer.layout.indent == nil ? ":" : ": ").utf8
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
        guard let indent = layout.indent else { return }
        out.append(UInt8(ascii: "\n"))
        for _ in 0..<level { out += indent.utf8 }
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
            case "<", ">", "&":
                if layout.escapesMarkup { write(escape: scalar) } else { out += String(scalar).utf8 }
            case "\u{0}"..<"\u{20}", "\u{2028}", "\u{2029}": write(escape: scalar)
            case "\u{7F}"..<"\u{A0}" where layout.escapesOrders: write(escape: scalar)
            // Bidirectional formatting characters (Unicode Standard Annex 9).
            case "\u{61C}" where layout.escapesOrders, "\u{200E}" where layout.escapesOrders,
                "\u{200F}" where layout.escapesOrders:
                write(escape: scalar)
            case "\u{202A}"..."\u{202E}" where layout.escapesOrders,
                "\u{2066}"..."\u{2069}" where layout.escapesOrders:
                write(escape: scalar)
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
