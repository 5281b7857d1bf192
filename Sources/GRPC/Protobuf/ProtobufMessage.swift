/// A message of Protocol Buffers. Fields of unknown numbers are skipped, and fields with default values left out.
package protocol ProtobufMessage: Sendable {
    /// The message with the default value of each field.
    init()

    /// Takes a field that has been received. Unknown ones are ignored.
    mutating func take(_ field: ProtobufField) throws(ProtobufError)

    /// Writes all fields.
    func write(to writer: inout ProtobufWriter)
}

extension ProtobufMessage {
    package init(protobuf bytes: [UInt8]) throws(ProtobufError) { try self.init(protobuf: bytes[...]) }

    package init(protobuf bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        self.init()
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() { try take(field) }
    }

    package var protobuf: [UInt8] {
        var writer = ProtobufWriter()
        write(to: &writer)
        return writer.bytes
    }
}

/// The message without fields.
package struct EmptyMessage: ProtobufMessage {
    package init() {}
    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {}
    package func write(to writer: inout ProtobufWriter) {}
}
