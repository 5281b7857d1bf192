/// Cuts the bytes of a stream into messages: a byte without meaning, four bytes of length, and the message.
struct MessageFraming {
    private static let headSize = 5
    /// Of a message, in bytes.
    private static let limit = 64 << 20

    private var bytes: [UInt8] = []
    private var position = 0

    static func frame(_ message: [UInt8]) -> [UInt8] {
        let count = UInt32(message.count)
        var out: [UInt8] = []
        out.reserveCapacity(headSize + message.count)
        out += [0, UInt8(count >> 24), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
        out += message
        return out
    }

    var isEmpty: Bool { position == bytes.count }

    mutating func append(_ piece: [UInt8]) {
        if position == bytes.count {
            bytes = piece
        } else {
            bytes.removeFirst(position)
            bytes += piece
        }
        position = 0
    }

    /// The next message, if it has been received as a whole.
    ///
    /// - Throws: ``GRPCStatus`` for a compressed message, which nobody has asked for, or a too long one.
    mutating func next() throws(GRPCStatus) -> [UInt8]? {
        guard bytes.count - position >= Self.headSize else { return nil }
        let count = bytes[position + 1..<position + Self.headSize].reduce(0) { $0 << 8 | Int($1) }
        guard bytes[position] == 0 else { throw GRPCStatus(.internal, "a message is compressed") }
        guard count <= Self.limit else {
            throw GRPCStatus(.resourceExhausted, "a message of \(count) bytes is longer than is accepted here")
        }
        let start = position + Self.headSize
        guard bytes.count - start >= count else { return nil }
        position = start + count
        return Array(bytes[start..<position])
    }
}
