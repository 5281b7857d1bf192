/// Splits the output of a program into lines.
struct OutputLines: Sendable {
    /// The maximum length of a line in bytes, so that output without line endings takes no memory.
    static let longest = 64 << 10

    /// The incomplete last line.
    private(set) var open: [UInt8] = []

    /// The lines completed by these bytes, without line endings.
    ///
    /// - Parameter count: The maximum number of lines; the first ones are dropped. A program may write more than is
    ///   worth looking at.
    mutating func take(_ bytes: [UInt8], last count: Int = .max) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        if let start = Self.start(ofLast: count, in: bytes) {
            open = []
            rest = bytes[start...]
        }
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(open + rest[..<end])
            open = []
            rest = rest[(end + 1)...]
        }
        open += rest
        while open.count > Self.longest {
            lines.append(Array(open.prefix(Self.longest)))
            open.removeFirst(Self.longest)
        }
        return lines
    }

    /// The start of the last complete lines; `nil` if there are not more of them.
    private static func start(ofLast count: Int, in bytes: [UInt8]) -> Int? {
        guard count < bytes.count else { return nil }
        var ends = 0
        for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
            if ends == count { return index + 1 }
            ends += 1
        }
        return nil
    }

    /// The last line, if it has no line ending.
    mutating func finish() -> [[UInt8]] {
        defer { open = [] }
        return open.isEmpty ? [] : [open]
    }
}

/// A line of a program's output, for display.
enum OutputText {
    /// The text without terminal control characters and colours. If a line was overwritten using carriage returns, the
    /// result is what was visible last. Tabs stay.
    static func visible(_ line: [UInt8]) -> String {
        var bytes = line[...]
        while bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        if let overwritten = bytes.lastIndex(of: UInt8(ascii: "\r")) { bytes = bytes[(overwritten + 1)...] }
        if bytes.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        while let byte = bytes.popFirst() {
            switch byte {
            case 0x1B: skipSequence(&bytes)
            // C1 control characters (ECMA-48, 5.3) in UTF-8.
            case 0xC2 where bytes.first.map { (0x80...0x9F).contains($0) } == true: bytes.removeFirst()
            case 0x09: text.append(byte)
            case 0x00..<0x20, 0x7F: break
            default: text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Skips an escape sequence (ECMA-48, 5.3 to 5.6).
    private static func skipSequence(_ bytes: inout ArraySlice<UInt8>) {
        switch bytes.popFirst() {
        case UInt8(ascii: "["):
            bytes = bytes.drop { (0x20..<0x40).contains($0) }.dropFirst()
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
            bytes = bytes.drop { $0 != 0x07 && $0 != 0x1B }
            if bytes.popFirst() == 0x1B { bytes = bytes.dropFirst() }
        case .some(0x20..<0x30):
            bytes = bytes.drop { (0x20..<0x30).contains($0) }.dropFirst()
        default: break
        }
    }
}
