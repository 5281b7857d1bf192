/// A message as bytes. Default values are not written, except those in lists and maps.
package struct ProtobufWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func put(_ number: Int, _ value: Bool) { put(number, varint: value ? 1 : 0) }
    package mutating func put(_ number: Int, _ value: Int32) { put(number, Int64(value)) }
    package mutating func put(_ number: Int, _ value: UInt32) { put(number, varint: UInt64(value)) }
    package mutating func put(_ number: Int, _ value: Int64) { put(number, varint: UInt64(bitPattern: value)) }

    package mutating func put(_ number: Int, _ value: String) {
        if !value.isEmpty { put(number, element: Array(value.utf8)) }
    }

    package mutating func put(_ number: Int, _ value: [UInt8]) {
        if !value.isEmpty { put(number, element: value) }
    }

    /// Writes a message, also if it is empty, unless it is `nil`.
    package mutating func put(_ number: Int, _ value: (some ProtobufMessage)?) {
        if let value { put(number, element: value.protobuf) }
    }

    package mutating func put(_ number: Int, _ values: [String]) {
        for value in values { put(number, element: Array(value.utf8)) }
    }

    package mutating func put(_ number: Int, _ values: [some ProtobufMessage]) {
        for value in values { put(number, element: value.protobuf) }
    }

    /// Writes a map, in the order of its keys.
    package mutating func put(_ number: Int, _ map: [String: String]) {
        put(number, map.mapValues { Array($0.utf8) })
    }

    package mutating func put(_ number: Int, _ map: [String: [UInt8]]) {
        for (key, value) in map.sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufWriter()
            entry.put(1, element: Array(key.utf8))
            entry.put(2, element: value)
            put(number, element: entry.bytes)
        }
    }

    private mutating func put(_ number: Int, varint value: UInt64) {
        if value == 0 { return }
        append(UInt64(number) << 3)
        append(value)
    }

    private mutating func put(_ number: Int, element bytes: [UInt8]) {
        append(UInt64(number) << 3 | 2)
        append(UInt64(bytes.count))
        self.bytes += bytes
    }

    private mutating func append(_ varint: UInt64) {
        var rest = varint
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
