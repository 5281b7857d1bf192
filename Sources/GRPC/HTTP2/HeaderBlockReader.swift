/// Takes long values out of the header blocks of a connection, since libnghttp2 ends a connection on which a value has
/// more than 64 KiB. In their place it leaves short ones, by which they are found again.
struct HeaderBlockReader {
    private static let headSize = 9
    private static let frameSize = 16 << 10
    /// Of a block, in bytes.
    private static let limit = 8 << 20
    private static let mark = Array("taken out of its header block: ".utf8)

    /// The number of bytes before the beginning of the next frame.
    private var passing: Int
    /// The beginning of a frame, or of a header block that is continued.
    private var held: [UInt8] = []
    private var values: [[UInt8]] = []

    /// - Parameter preface: The number of bytes before the first frame.
    init(skipping preface: Int) {
        passing = preface
    }

    /// The replacement of the bytes for libnghttp2, in pieces.
    mutating func take(_ bytes: [UInt8]) throws(HTTP2Error) -> [[UInt8]] {
        if held.isEmpty, passing >= bytes.count {
            passing -= bytes.count
            return [bytes]
        }
        let input = held + bytes
        held = []
        var out: [[UInt8]] = []
        var position = 0
        var start = 0
        while position < input.count {
            if passing > 0 {
                let amount = min(passing, input.count - position)
                passing -= amount
                position += amount
                continue
            }
            guard let frame = Frame(input[position...]) else { break }
            guard frame.kind == Frame.headers, frame.flags & Frame.endHeaders == 0 else {
                passing = Self.headSize + frame.size
                continue
            }
            guard let end = try Self.endOfBlock(input[position...]) else { break }
            out.append(Array(input[start..<position]))
            out.append(shortened(input[position..<end]))
            position = end
            start = end
        }
        out.append(Array(input[start..<position]))
        held = Array(input[position...])
        return out
    }

    /// The value of a field that libnghttp2 has received.
    func value(for received: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        if received.starts(with: Self.mark),
            let place = Int(String(decoding: received.dropFirst(Self.mark.count), as: UTF8.self)),
            values.indices.contains(place)
        {
            return values[place]
        }
        return Array(received)
    }

    /// The end of a header block that begins here, if it has been received as a whole.
    private static func endOfBlock(_ bytes: ArraySlice<UInt8>) throws(HTTP2Error) -> Int? {
        var rest = bytes
        while let frame = Frame(rest), rest.count >= headSize + frame.size {
            rest = rest.dropFirst(headSize + frame.size)
            if frame.flags & Frame.endHeaders != 0 { return rest.startIndex }
        }
        guard bytes.count <= limit else { throw .lost(reason: "its header fields exceed \(limit) bytes") }
        return nil
    }

    /// The frames of a header block without its long values; the same frames if there are none, or if they are malformed.
    private mutating func shortened(_ frames: ArraySlice<UInt8>) -> [UInt8] {
        guard let first = Frame(frames), let block = Self.block(frames),
            let (short, values) = HeaderFieldWalk.shorten(block, marking: { Self.mark + Array(String($0).utf8) })
        else { return Array(frames) }
        self.values = values
        var out: [UInt8] = []
        var rest = short[...]
        var kind = Frame.headers
        repeat {
            let payload = rest.prefix(Self.frameSize)
            rest = rest.dropFirst(payload.count)
            let flags =
                (kind == Frame.headers ? first.flags & Frame.endStream : 0) | (rest.isEmpty ? Frame.endHeaders : 0)
            out += [
                UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF), kind, flags,
            ]
            out += frames.dropFirst(5).prefix(4)
            out += payload
            kind = Frame.continuation
        } while !rest.isEmpty
        return out
    }

    /// The bytes of a header block, without padding and priority.
    private static func block(_ frames: ArraySlice<UInt8>) -> [UInt8]? {
        var block: [UInt8] = []
        var rest = frames
        while let frame = Frame(rest) {
            var payload = rest.dropFirst(headSize).prefix(frame.size)
            rest = rest.dropFirst(headSize + frame.size)
            if frame.kind == Frame.headers {
                if frame.flags & Frame.padded != 0 {
                    guard let padding = payload.popFirst(), payload.count >= padding else { return nil }
                    payload = payload.dropLast(Int(padding))
                }
                if frame.flags & Frame.priority != 0 { payload = payload.dropFirst(5) }
            } else if frame.kind != Frame.continuation {
                return nil
            }
            block += payload
        }
        return block
    }

    /// The head of a frame (RFC 9113, section 4.1).
    private struct Frame {
        static let headers: UInt8 = 1
        static let continuation: UInt8 = 9
        static let endStream: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
        static let padded: UInt8 = 0x8
        static let priority: UInt8 = 0x20

        let size: Int
        let kind: UInt8
        let flags: UInt8

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= headSize else { return nil }
            let start = bytes.startIndex
            size = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            kind = bytes[start + 3]
            flags = bytes[start + 4]
        }
    }
}
