/// Reads HTTP/1.1 messages (RFC 9112) from a connection. For one thread.
final class HTTPReader {
    private let socket: Socket
    private var buffer: [UInt8] = []
    private var position = 0

    init(_ socket: Socket) {
        self.socket = socket
    }

    /// Whether something can be read without waiting for the connection.
    var hasBytes: Bool { position < buffer.count }

    /// The head of the next message, or `nil` when the other side has ended the connection, or speaks TLS.
    func head() throws -> HTTPHead? {
        if !hasBytes, try !fill() { return nil }
        // Clients that try HTTPS first would wait long for an answer to what is not a line of text.
        if buffer[position] == 0x16 { return nil }
        var lines: [String] = []
        while let line = try line() {
            if !line.isEmpty {
                lines.append(line)
            } else if !lines.isEmpty {
                return HTTPHead(lines: lines)
            }
        }
        return nil
    }

    /// The next line without its end, or `nil` at the end of the connection.
    func line() throws -> String? {
        var line: [UInt8] = []
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                line += buffer[position..<end]
                position = end + 1
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return String(decoding: line, as: UTF8.self)
            }
            line += buffer[position...]
            position = buffer.count
            guard try fill() else { return nil }
        }
    }

    /// Between one byte and so many, or `nil` at the end of the connection.
    func bytes(atMost limit: Int) throws -> ArraySlice<UInt8>? {
        if !hasBytes, try !fill() { return nil }
        let end = min(buffer.count, position + limit)
        defer { position = end }
        return buffer[position..<end]
    }

    private func fill() throws -> Bool {
        buffer = try socket.read()
        position = 0
        return !buffer.isEmpty
    }
}

/// The body of one message, piece by piece, as it stands on the wire.
struct HTTPBody {
    /// A piece of the wire.
    enum Piece {
        /// The body's own bytes.
        case content(ArraySlice<UInt8>)
        /// Sizes and ends of chunks.
        case framing([UInt8])

        var wire: ArraySlice<UInt8> {
            switch self {
            case .content(let bytes): bytes
            case .framing(let bytes): bytes[...]
            }
        }
    }

    private enum Framing {
        case none
        case length(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers
        case untilClose
    }

    private var framing: Framing

    /// The body of a request (RFC 9112, section 6.3).
    init(of request: HTTPHead) {
        framing = Self.framing(of: request) ?? .none
    }

    /// The body of an answer (RFC 9112, section 6.3).
    init(of answer: HTTPHead, to method: String) {
        let hasNone = method == "HEAD" || answer.status < 200 || answer.status == 204 || answer.status == 304
        framing = hasNone ? .none : Self.framing(of: answer) ?? .untilClose
    }

    private static func framing(of head: HTTPHead) -> Framing? {
        if head["Transfer-Encoding"]?.lowercased().contains("chunked") == true { return .chunkSize }
        return head["Content-Length"].flatMap { Int($0) }.map { $0 == 0 ? .none : .length($0) }
    }

    /// Whether nothing more will come.
    var isFinished: Bool {
        if case .none = framing { true } else { false }
    }

    /// Whether only the end of the connection ends the body.
    var endsWithConnection: Bool {
        if case .untilClose = framing { true } else { false }
    }

    /// The next piece, or `nil` when the body is finished or the connection has ended.
    mutating func next(from reader: HTTPReader) throws -> Piece? {
        switch framing {
        case .none:
            return nil
        case .untilClose:
            return try reader.bytes(atMost: .max / 2).map { .content($0) }
        case .length(let rest):
            guard let bytes = try reader.bytes(atMost: rest) else { return nil }
            framing = bytes.count == rest ? .none : .length(rest - bytes.count)
            return .content(bytes)
        case .chunk(let rest):
            guard let bytes = try reader.bytes(atMost: rest) else { return nil }
            framing = bytes.count == rest ? .chunkEnd : .chunk(rest - bytes.count)
            return .content(bytes)
        case .chunkSize, .chunkEnd, .trailers:
            guard let line = try reader.line() else { return nil }
            framing = after(line)
            return .framing(Array("\(line)\r\n".utf8))
        }
    }

    /// All that is left of the content.
    mutating func rest(from reader: HTTPReader) throws -> [UInt8] {
        var all: [UInt8] = []
        while let piece = try next(from: reader) {
            if case .content(let bytes) = piece { all += bytes }
        }
        return all
    }

    private func after(_ line: String) -> Framing {
        switch framing {
        case .chunkSize:
            let size = Int(line.prefix { $0 != ";" && $0 != " " }, radix: 16) ?? 0
            return size == 0 ? .trailers : .chunk(size)
        case .chunkEnd: return .chunkSize
        default: return line.isEmpty ? .none : .trailers
        }
    }
}
