package import GRPC

/// A message of the protocol by which trees of files are sent (fsutil).
package struct FilePacket: ProtobufMessage, Hashable {
    package enum Kind: Int32, Sendable {
        /// The next entry of the tree; without one, the end of the list.
        case entry = 0
        /// The receiver wants the content of an entry.
        case request = 1
        /// A piece of content; an empty one ends it.
        case data = 2
        /// The receiver has everything, or the sender has heard so.
        case end = 3
        /// A text that ends the exchange.
        case error = 4
    }

    /// `nil` for a kind that is not known here.
    package var kind: Kind? = .entry
    package var entry: FileEntry?
    /// The place of an entry in the list, from 0.
    package var id: UInt32 = 0
    package var data: [UInt8] = []

    package init() {}

    package init(_ kind: Kind, id: UInt32 = 0, data: [UInt8] = []) {
        self.kind = kind
        self.id = id
        self.data = data
    }

    package init(_ entry: FileEntry) {
        self.entry = entry
    }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: kind = Kind(rawValue: try field.int32)
        case 2: entry = try field.message()
        case 3: id = try field.uint32
        case 4: data = try field.bytes
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, kind?.rawValue ?? 0)
        writer.put(2, entry)
        writer.put(3, id)
        writer.put(4, data)
    }
}
