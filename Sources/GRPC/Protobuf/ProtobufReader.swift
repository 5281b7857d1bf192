/// A message as its fields, in the order of their bytes.
package struct ProtobufReader {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field, or `nil` at the end.
    package mutating func next() throws(ProtobufError) -> ProtobufField? {
        if rest.isEmpty { return nil }
        let key = try varint()
        guard key >> 3 > 0, let number = Int(exactly: key >> 3) else { throw ProtobufError() }
        switch key & 7 {
        case 0: return ProtobufField(number: number, content: .number(try varint()))
        case 1: return ProtobufField(number: number, content: .number(try fixed(8)))
        case 2:
            guard let count = Int(exactly: try varint()), count <= rest.count else { throw ProtobufError() }
            defer { rest = rest.dropFirst(count) }
            return ProtobufField(number: number, content: .bytes(rest.prefix(count)))
        case 5: return ProtobufField(number: number, content: .number(try fixed(4)))
        default: throw ProtobufError()
        }
    }

    private mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw ProtobufError() }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw ProtobufError()
    }

    private mutating func fixed(_ count: Int) throws(ProtobufError) -> UInt64 {
        guard rest.count >= count else { throw ProtobufError() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
