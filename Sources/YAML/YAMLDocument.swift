internal import CYAML
package import JSON

/// An error in a YAML text, with its position.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// From 1 on.
    package let line: Int
    package let column: Int
    package let problem: String

    package var description: String { "line \(line), column \(column): \(problem)" }
}

/// A YAML text (YAML 1.1) as a value of arrays, objects and strings.
///
/// Scalars keep their text, whatever it looks like, so that the tag `1.10` is not the number 1.1; an empty plain one, `~`
/// and `null` are `null`. Aliases stand for what they name, and `<<` merges. Bounded: depth, and what aliases add up to.
package enum YAMLDocument {
    /// - Throws: ``YAMLError``, also for a key that is there twice and for a second document.
    package static func parse(_ bytes: [UInt8]) throws(YAMLError) -> JSONValue {
        let parser = try YAMLParser(bytes)
        return try parser.document()
    }
}

/// One text being read.
private final class YAMLParser {
    private static let maximumDepth = 50
    /// Values of a text, those that aliases stand for among them.
    private static let maximumCount = 200_000

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private var event = yaml_event_t()
    private var anchors: [String: (value: JSONValue, count: Int)] = [:]
    private var count = 0

    init(_ bytes: [UInt8]) throws(YAMLError) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        text = .allocate(capacity: bytes.count)
        _ = text.initialize(from: bytes)
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(line: 1, column: 1, problem: "out of memory")
        }
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_event_delete(&event)
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    func document() throws(YAMLError) -> JSONValue {
        try advance()
        try advance()
        if event.type == YAML_STREAM_END_EVENT { return .null }
        try advance()
        let value = try value(depth: 0)
        try advance()
        try advance()
        guard event.type == YAML_STREAM_END_EVENT else { throw failure("there is a second document") }
        return value
    }

    private func advance() throws(YAMLError) {
        yaml_event_delete(&event)
        guard yaml_parser_parse(parser, &event) == 1 else {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it is no YAML"
            let mark = parser.pointee.problem_mark
            throw YAMLError(line: Int(mark.line) + 1, column: Int(mark.column) + 1, problem: problem)
        }
    }

    private func failure(_ problem: String) -> YAMLError {
        let mark = event.start_mark
        return YAMLError(line: Int(mark.line) + 1, column: Int(mark.column) + 1, problem: problem)
    }

    private func add(_ number: Int) throws(YAMLError) {
        count += number
        if count > Self.maximumCount { throw failure("it has more than \(Self.maximumCount) values") }
    }

    /// The value that the current event begins; its last event is the current one then.
    private func value(depth: Int) throws(YAMLError) -> JSONValue {
        guard depth <= Self.maximumDepth else { throw failure("it nests deeper than \(Self.maximumDepth) levels") }
        try add(1)
        let before = count
        let anchor: UnsafeMutablePointer<yaml_char_t>?
        switch event.type {
        case YAML_ALIAS_EVENT:
            let name = Self.string(event.data.alias.anchor)
            guard let known = anchors[name] else { throw failure("nothing has the anchor \(name)") }
            try add(known.count)
            return known.value
        case YAML_SCALAR_EVENT: anchor = event.data.scalar.anchor
        case YAML_SEQUENCE_START_EVENT: anchor = event.data.sequence_start.anchor
        case YAML_MAPPING_START_EVENT: anchor = event.data.mapping_start.anchor
        default: throw failure("there is no value")
        }
        let name = anchor.map { Self.string($0) }
        let value: JSONValue =
            switch event.type {
            case YAML_SEQUENCE_START_EVENT: try sequence(depth)
            case YAML_MAPPING_START_EVENT: try mapping(depth)
            default: scalar()
            }
        if let name { anchors[name] = (value, count - before) }
        return value
    }

    private func scalar() -> JSONValue {
        let scalar = event.data.scalar
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        let text = String(decoding: bytes, as: UTF8.self)
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
        return isPlain && ["", "~", "null", "Null", "NULL"].contains(text) ? .null : .string(text)
    }

    private func sequence(_ depth: Int) throws(YAMLError) -> JSONValue {
        var values: [JSONValue] = []
        try advance()
        while event.type != YAML_SEQUENCE_END_EVENT {
            values.append(try value(depth: depth + 1))
            try advance()
        }
        return .array(values)
    }

    private func mapping(_ depth: Int) throws(YAMLError) -> JSONValue {
        var object = JSONObject()
        var merged: [JSONValue] = []
        try advance()
        while event.type != YAML_MAPPING_END_EVENT {
            guard let key = try value(depth: depth + 1).string else { throw failure("a key is no text") }
            guard object[key] == nil else { throw failure("\(key) is there twice") }
            try advance()
            let value = try value(depth: depth + 1)
            if key == "<<" { merged = value.array ?? [value] } else { object[key] = value }
            try advance()
        }
        for member in merged.flatMap({ $0.object?.members ?? [] }) where object[member.name] == nil {
            object[member.name] = member.value
        }
        return .object(object)
    }

    private static func string(_ text: UnsafeMutablePointer<yaml_char_t>) -> String {
        String(cString: UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self))
    }
}
