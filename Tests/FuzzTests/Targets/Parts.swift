import OCI

/// Several contents in one input, apart by lines `%%`. In each, `%1d` and `%1s` stand for digest and size of the first one,
/// and so on up to the one before it, so that one can name the other.
struct Parts {
    private(set) var contents: [[UInt8]] = []

    static let most = 9

    init(_ bytes: [UInt8]) {
        var start = bytes.startIndex
        var line = start
        while line < bytes.endIndex, contents.count < Self.most - 1 {
            let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            if bytes[line..<end].elementsEqual("%%".utf8) {
                add(bytes[start..<max(start, line - 1)])
                start = min(end + 1, bytes.endIndex)
            }
            line = min(end + 1, bytes.endIndex)
        }
        add(bytes[start...])
    }

    private mutating func add(_ content: ArraySlice<UInt8>) {
        guard content.contains(UInt8(ascii: "%")) else { return contents.append(Array(content)) }
        var filled: [UInt8] = []
        var rest = content
        while let byte = rest.popFirst() {
            let mark = rest.prefix(2)
            guard byte == UInt8(ascii: "%"), mark.count == 2, let first = mark.first, let last = mark.last,
                contents.indices.contains(Int(first) - 0x31), "ds".utf8.contains(last)
            else {
                filled.append(byte)
                continue
            }
            let named = contents[Int(first) - 0x31]
            filled += Array((last == UInt8(ascii: "d") ? "\(Digest(of: named))" : "\(named.count)").utf8)
            rest = rest.dropFirst(2)
        }
        contents.append(filled)
    }
}
