internal import CJansson

/// Bytes that are not an acceptable JSON document.
package struct JSONError: Error, CustomStringConvertible {
    /// The problem, with line and column where the parser knows them.
    package let description: String
}

extension JSONValue {
    /// The maximum depth of nested arrays and objects.
    package static let maximumDepth = 64

    /// Parses one JSON text (RFC 8259). Rejects duplicate names and trailing text.
    ///
    /// - Throws: ``JSONError``.
    package init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        var contiguous = ContiguousArray(bytes)
        let numbers = UnusualNumbers(takenFrom: &contiguous)
        var failure = json_error_t()
        let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)
        let root = contiguous.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { json_loadb($0.baseAddress, $0.count, flags, &failure) }
        }
        guard let root else { throw JSONError(failure, text: contiguous) }
        defer { json_decref(root) }
        var reader = JSONReader(numbers.texts[...])
        guard let value = reader.value(of: root, depth: 0) else {
            throw JSONError(description: "it is nested more than \(Self.maximumDepth) deep")
        }
        self = value
    }
}

/// Converts values of jansson.
private struct JSONReader {
    /// The numbers that jansson read as zeros.
    private var unusual: ArraySlice<(ordinal: Int, text: String)>
    /// The count of numbers so far.
    private var count = 0

    init(_ unusual: ArraySlice<(ordinal: Int, text: String)>) {
        self.unusual = unusual
    }

    /// - Returns: `nil` if it is nested too deep.
    mutating func value(of value: UnsafeMutablePointer<json_t>, depth: Int) -> JSONValue? {
        let type = cjansson_type(value)
        guard depth < JSONValue.maximumDepth || (type != JSON_OBJECT && type != JSON_ARRAY) else { return nil }
        switch type {
        case JSON_OBJECT:
            var members: [JSONObject.Member] = []
            members.reserveCapacity(json_object_size(value))
            var iterator = json_object_iter(value)
            while let current = iterator {
                guard let member = self.value(of: json_object_iter_value(current), depth: depth + 1) else { return nil }
                members.append(.init(String(cString: json_object_iter_key(current)), member))
                iterator = json_object_iter_next(value, current)
            }
            return .object(JSONObject(members))
        case JSON_ARRAY:
            var elements: [JSONValue] = []
            let count = json_array_size(value)
            elements.reserveCapacity(count)
            for index in 0..<count {
                guard let element = self.value(of: json_array_get(value, index), depth: depth + 1) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        case JSON_STRING:
            let length = json_string_length(value)
            let text = json_string_value(value).map { start in
                start.withMemoryRebound(to: UInt8.self, capacity: length) {
                    String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
                }
            }
            return .string(text ?? "")
        case JSON_INTEGER: return number(json_integer_value(value))
        case JSON_TRUE: return .bool(true)
        case JSON_FALSE: return .bool(false)
        default: return .null
        }
    }

    private mutating func number(_ integer: Int64) -> JSONValue {
        defer { count += 1 }
        guard unusual.first?.ordinal == count, let number = unusual.popFirst() else { return .integer(integer) }
        return .number(JSONNumber(text: number.text))
    }
}

extension JSONError {
    /// Describes jansson's error, or the beginning of a text that is clearly not JSON at all.
    fileprivate init(_ failure: json_error_t, text: ContiguousArray<UInt8>) {
        guard let first = text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
            self.init(description: "it is empty")
            return
        }
        if first == UInt8(ascii: "<") {
            self.init(description: "it is HTML, not JSON")
            return
        }
        let message = withUnsafeBytes(of: failure.text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(description: "line \(failure.line), column \(failure.column): \(message)")
    }
}
