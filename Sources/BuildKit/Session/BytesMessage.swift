package import GRPC

/// A piece of a stream of bytes.
package struct BytesMessage: ProtobufMessage, Hashable {
    package var data: [UInt8] = []

    package init() {}

    package init(_ data: [UInt8]) {
        self.data = data
    }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { data = try field.bytes }
    }

    package func write(to writer: inout ProtobufWriter) { writer.put(1, data) }
}
