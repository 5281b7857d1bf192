/// A value of any type (google.protobuf.Any).
package struct GRPCDetail: ProtobufMessage, Hashable {
    /// A URL, whose last part is the name of the type.
    package var type = ""
    package var value: [UInt8] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: type = try field.string
        case 2: value = try field.bytes
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, type)
        writer.put(2, value)
    }
}

/// The details of a status (google.rpc.Status).
package struct GRPCDetails: ProtobufMessage {
    package var code: Int32 = 0
    package var message = ""
    package var list: [GRPCDetail] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: code = try field.int32
        case 2: message = try field.string
        case 3: list.append(try field.message())
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, code)
        writer.put(2, message)
        writer.put(3, list)
    }
}
