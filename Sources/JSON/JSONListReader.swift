/// Reads a JSON object with one list of any length, piece by piece: the elements of the list are returned as they arrive,
/// and not kept.
package struct JSONListReader {
    /// The size of elements that are parsed at once, in bytes.
    private static let batchSize = 64 << 10

    /// The name of the list, in quotation marks.
    private let name: [UInt8]
    private let limit: Int
    /// The text without the list's elements.
    private var rest: [UInt8] = []
    /// Elements that are not parsed yet.
    private var batch: [UInt8] = []
    /// The start in ``rest`` of the last string directly in the object.
    private var lastString = 0
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var isInList = false
    private var followsComma = false

    /// - Parameters:
    ///   - name: The name of the list.
    ///   - limit: The maximum size of an element, and of the object without elements, in bytes.
    package init(_ name: String, limit: Int) {
        self.name = Array("\"\(name)\"".utf8)
        self.limit = limit
    }

    /// Reads the next piece of the text.
    ///
    /// - Returns: The next elements, in order; not necessarily all in the piece.
    /// - Throws: ``JSONError``.
    package mutating func take(_ piece: [UInt8]) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        var start = 0
        for (position, byte) in piece.enumerated() {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else {
                    isInString = byte != UInt8(ascii: "\"")
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                if depth == 1 { lastString = rest.count + position - start }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                guard byte == UInt8(ascii: "["), depth == 2 else { continue }
                keep(piece[start...position])
                start = position + 1
                isInList = beginsList
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                guard isInList, depth == 1 else { continue }
                keep(piece[start..<position])
                start = position
                if followsComma || !batch.allSatisfy(Self.isSpace) { elements += try parseBatch() }
                (isInList, followsComma) = (false, false)
            case UInt8(ascii: ","):
                guard isInList, depth == 2, batch.count + position - start >= Self.batchSize else { continue }
                keep(piece[start..<position])
                start = position + 1
                elements += try parseBatch()
                followsComma = true
            default: continue
            }
        }
        keep(piece[start...])
        guard rest.count <= limit, batch.count <= limit else {
            throw JSONError(description: "it has a value of more than \(limit >> 20) MiB")
        }
        return elements
    }

    /// Finishes the text.
    ///
    /// - Returns: The object with an empty list; the list has elements only if its name was written with escapes.
    /// - Throws: ``JSONError``.
    package func finish() throws(JSONError) -> JSONValue {
        let value = try JSONValue(parsing: rest)
        guard value.object != nil else { throw JSONError(description: "it is not an object") }
        return value
    }

    private mutating func keep(_ part: ArraySlice<UInt8>) {
        if isInList { batch += part } else { rest += part }
    }

    /// True if ``rest`` ends in the name of the list, a colon and a bracket.
    private var beginsList: Bool {
        let end = rest[min(lastString, rest.count)...]
        guard end.starts(with: name) else { return false }
        return end.dropFirst(name.count).filter { !Self.isSpace($0) } == [UInt8(ascii: ":"), UInt8(ascii: "[")]
    }

    private mutating func parseBatch() throws(JSONError) -> [JSONValue] {
        defer { batch.removeAll(keepingCapacity: true) }
        guard !batch.allSatisfy(Self.isSpace) else { throw JSONError(description: "a value is missing in its list") }
        return try JSONValue(parsing: [UInt8(ascii: "[")] + batch + [UInt8(ascii: "]")]).array ?? []
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
