package import GRPC

/// A warning about a step, such as one of the Dockerfile's style.
package struct VertexWarning: ProtobufMessage, Hashable {
    /// The digest of the step.
    package var vertex = ""
    /// 1 for style.
    package var level: Int64 = 0
    package var short = ""
    package var detail: [String] = []
    package var url = ""
    package var source = WarningSource()
    package var ranges: [WarningRange] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: vertex = try field.string
        case 2: level = try field.int64
        case 3: short = try field.string
        case 4: detail.append(try field.string)
        case 5: url = try field.string
        case 6: source = try field.message()
        case 7: ranges.append(try field.message())
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, vertex)
        writer.put(2, level)
        writer.put(3, short)
        writer.put(4, detail)
        writer.put(5, url)
        writer.put(6, source)
        writer.put(7, ranges)
    }
}

/// The file that a warning is about.
package struct WarningSource: ProtobufMessage, Hashable {
    package var fileName = ""
    package var content: [UInt8] = []
    package var language = ""

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: fileName = try field.string
        case 2: content = try field.bytes
        case 4: language = try field.string
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, fileName)
        writer.put(2, content)
        writer.put(4, language)
    }
}

/// Lines that a warning is about, counted from 1.
package struct WarningRange: ProtobufMessage, Hashable {
    package var first: Int32 = 0
    package var last: Int32 = 0

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: first = try field.message(Position.self).line
        case 2: last = try field.message(Position.self).line
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, Position(line: first))
        writer.put(2, Position(line: last))
    }

    private struct Position: ProtobufMessage {
        var line: Int32 = 0

        mutating func take(_ field: ProtobufField) throws(ProtobufError) {
            if field.number == 1 { line = try field.int32 }
        }

        func write(to writer: inout ProtobufWriter) { writer.put(1, line) }
    }
}
