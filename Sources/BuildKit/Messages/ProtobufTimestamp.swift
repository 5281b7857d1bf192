package import GRPC

/// A point in time (google.protobuf.Timestamp).
package struct ProtobufTimestamp: ProtobufMessage, Hashable, Comparable {
    /// Since 1970.
    package var seconds: Int64 = 0
    /// On top of the seconds.
    package var nanoseconds: Int32 = 0

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: seconds = try field.int64
        case 2: nanoseconds = try field.int32
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, seconds)
        writer.put(2, nanoseconds)
    }

    package static func < (one: ProtobufTimestamp, other: ProtobufTimestamp) -> Bool {
        (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
    }
}
