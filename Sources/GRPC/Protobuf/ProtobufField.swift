/// A field of a message that has been received.
package struct ProtobufField: Sendable {
    enum Content: Sendable {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    package let number: Int
    let content: Content

    /// True for a text, a message or other bytes; false for a number.
    package var isBytes: Bool {
        if case .bytes = content { true } else { false }
    }

    private var value: UInt64 {
        get throws(ProtobufError) {
            guard case .number(let value) = content else { throw ProtobufError() }
            return value
        }
    }

    private var slice: ArraySlice<UInt8> {
        get throws(ProtobufError) {
            guard case .bytes(let bytes) = content else { throw ProtobufError() }
            return bytes
        }
    }

    package var bool: Bool { get throws(ProtobufError) { try value != 0 } }
    package var int32: Int32 { get throws(ProtobufError) { Int32(truncatingIfNeeded: try value) } }
    package var uint32: UInt32 { get throws(ProtobufError) { UInt32(truncatingIfNeeded: try value) } }
    package var int64: Int64 { get throws(ProtobufError) { Int64(bitPattern: try value) } }
    package var bytes: [UInt8] { get throws(ProtobufError) { Array(try slice) } }
    package var string: String { get throws(ProtobufError) { String(decoding: try slice, as: UTF8.self) } }

    package func message<Message: ProtobufMessage>(
        _ type: Message.Type = Message.self
    ) throws(ProtobufError) -> Message {
        try Message(protobuf: slice)
    }

    /// An entry of a map, whose keys are strings.
    package func entry() throws(ProtobufError) -> (key: String, value: [UInt8]) {
        var reader = ProtobufReader(try slice)
        var entry: (key: String, value: [UInt8]) = ("", [])
        while let field = try reader.next() {
            switch field.number {
            case 1: entry.key = try field.string
            case 2: entry.value = try field.bytes
            default: break
            }
        }
        return entry
    }

    /// Adds an entry of a map to a dictionary of strings.
    package func insert(into map: inout [String: String]) throws(ProtobufError) {
        let (key, value) = try entry()
        map[key] = String(decoding: value, as: UTF8.self)
    }
}
