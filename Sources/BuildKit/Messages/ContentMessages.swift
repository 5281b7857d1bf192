package import GRPC

/// A blob of a store.
package struct ContentInfo: ProtobufMessage, Hashable {
    package var digest = ""
    /// In bytes.
    package var size: Int64 = 0

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: digest = try field.string
        case 2: size = try field.int64
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, digest)
        writer.put(2, size)
    }
}

/// The request of Content/Read.
package struct ContentReadRequest: ProtobufMessage, Hashable {
    package var digest = ""
    package var offset: Int64 = 0
    /// In bytes; 0 for all that follows the offset.
    package var size: Int64 = 0

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: digest = try field.string
        case 2: offset = try field.int64
        case 3: size = try field.int64
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, digest)
        writer.put(2, offset)
        writer.put(3, size)
    }
}

/// An answer to Content/Read.
package struct ContentReadResponse: ProtobufMessage, Hashable {
    package var offset: Int64 = 0
    package var data: [UInt8] = []

    package init() {}

    init(offset: Int64, data: [UInt8]) {
        self.offset = offset
        self.data = data
    }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: offset = try field.int64
        case 2: data = try field.bytes
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, offset)
        writer.put(2, data)
    }
}

/// A request of Content/Write.
package struct ContentWriteRequest: ProtobufMessage, Hashable {
    package enum Action: Int32, Sendable {
        /// A question for the number of bytes held.
        case status = 0
        case write = 1
        case commit = 2
    }

    package var action = Action.status
    package var reference = ""
    /// In bytes; 0 if it is not known.
    package var total: Int64 = 0
    /// The digest of the blob.
    package var expected = ""
    package var offset: Int64 = 0
    package var data: [UInt8] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: action = Action(rawValue: try field.int32) ?? .status
        case 2: reference = try field.string
        case 3: total = try field.int64
        case 4: expected = try field.string
        case 5: offset = try field.int64
        case 6: data = try field.bytes
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, action.rawValue)
        writer.put(2, reference)
        writer.put(3, total)
        writer.put(4, expected)
        writer.put(5, offset)
        writer.put(6, data)
    }
}

/// An answer to Content/Write.
package struct ContentWriteResponse: ProtobufMessage, Hashable {
    package var action = ContentWriteRequest.Action.status
    /// The number of bytes that are held.
    package var offset: Int64 = 0
    package var total: Int64 = 0
    package var digest = ""

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: action = ContentWriteRequest.Action(rawValue: try field.int32) ?? .status
        case 4: offset = try field.int64
        case 5: total = try field.int64
        case 6: digest = try field.string
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, action.rawValue)
        writer.put(4, offset)
        writer.put(5, total)
        writer.put(6, digest)
    }
}
