internal import CJansson

/// Bytes that are not an acceptable JSON document.
package struct JSONError: Error, CustomStringConvertible {
    /// The problem, with line and column where the parser knows them.
    package let description: String
}

extension JSONValue {
    /// The maximum depth of nested arrays and objects.
    package static let maximumDepth = 64

    /// Parses one JSON text (RFC 8259). Rejects duplicate names, trailing text and integers beyond 64 bits.
    ///
    /// - Throws: ``JSONError``.
    package init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        let contiguous = ContiguousArray(bytes)
        var failure = json_error_t()
        let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)
        let root = contiguous.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { json_loadb($0.baseAddress, $0.count, flags, &failure) }
        }
        guard let root else { throw JSONError(failure, text: contiguous) }
        defer { json_decref(root) }
        guard let value = JSONValue(root, depth: 0) else {
            throw JSONError(description: "it is nested more than \(Self.maximumDepth) deep")
        }
        self = value
    }

    private init?(_ value: UnsafeMutablePointer<json_t>, depth: Int) {
        let type = cjansson_type(value)
        guard depth < Self.maximumDepth || (type != JSON_OBJECT && type != JSON_ARRAY) else { return nil }
        switch type {
        case JSON_OBJECT:
            var members: [JSONObject.Member] = []
            members.reserveCapacity(json_object_size(value))
            var iterator = json_object_iter(value)
            while let current = iterator {
                guard let member = JSONValue(json_object_iter_value(current), depth: depth + 1) else { return nil }
                members.append(.init(String(cString: json_object_iter_key(current)), member))
                iterator = json_object_iter_next(value, current)
            }
            self = .object(JSONObject(members))
        case JSON_ARRAY:
            var elements: [JSONValue] = []
            let count = json_array_size(value)
            elements.reserveCapacity(count)
            for index in 0..<count {
                guard let element = JSONValue(json_array_get(value, index), depth: depth + 1) else { return nil }
                elements.append(element)
            }
            self = .array(elements)
        case JSON_STRING:
            let length = json_string_length(value)
            let text = json_string_value(value).map { start in
                start.withMemoryRebound(to: UInt8.self, capacity: length) {
                    String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
                }
            }
            self = .string(text ?? "")
        case JSON_INTEGER: self = .integer(json_integer_value(value))
        case JSON_REAL: self = .real(json_real_value(value))
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        default: self = .null
        }
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
