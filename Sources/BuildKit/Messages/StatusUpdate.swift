package import GRPC

/// The changes in a running build. Steps come before their output.
package struct StatusUpdate: ProtobufMessage, Hashable {
    package var vertexes: [Vertex] = []
    package var statuses: [VertexStatus] = []
    package var logs: [VertexLog] = []
    package var warnings: [VertexWarning] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: vertexes.append(try field.message())
        case 2: statuses.append(try field.message())
        case 3: logs.append(try field.message())
        case 4: warnings.append(try field.message())
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, vertexes)
        writer.put(2, statuses)
        writer.put(3, logs)
        writer.put(4, warnings)
    }
}

/// The state of a step. It may start and complete several times; a later start opens it again.
package struct Vertex: ProtobufMessage, Hashable {
    /// The identity of the step; names repeat.
    package var digest = ""
    package var inputs: [String] = []
    package var name = ""
    package var isCached = false
    package var started: ProtobufTimestamp?
    package var completed: ProtobufTimestamp?
    package var error = ""
    package var group: VertexGroup?

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: digest = try field.string
        case 2: inputs.append(try field.string)
        case 3: name = try field.string
        case 4: isCached = try field.bool
        case 5: started = try field.message()
        case 6: completed = try field.message()
        case 7: error = try field.string
        case 8: group = try field.message()
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, digest)
        writer.put(2, inputs)
        writer.put(3, name)
        writer.put(4, isCached)
        writer.put(5, started)
        writer.put(6, completed)
        writer.put(7, error)
        writer.put(8, group)
    }
}

/// Steps that are shown as one.
package struct VertexGroup: ProtobufMessage, Hashable {
    package var id = ""
    package var name = ""
    /// True if the step alone does not make the group visible.
    package var isWeak = false

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: id = try field.string
        case 2: name = try field.string
        case 3: isWeak = try field.bool
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, id)
        writer.put(2, name)
        writer.put(3, isWeak)
    }
}

/// The progress of a part of a step, such as a transfer.
package struct VertexStatus: ProtobufMessage, Hashable {
    package var id = ""
    /// The digest of the step.
    package var vertex = ""
    package var name = ""
    /// Mostly in bytes.
    package var current: Int64 = 0
    /// 0 if it is not known.
    package var total: Int64 = 0
    package var time: ProtobufTimestamp?
    package var started: ProtobufTimestamp?
    package var completed: ProtobufTimestamp?

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: id = try field.string
        case 2: vertex = try field.string
        case 3: name = try field.string
        case 4: current = try field.int64
        case 5: total = try field.int64
        case 6: time = try field.message()
        case 7: started = try field.message()
        case 8: completed = try field.message()
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, id)
        writer.put(2, vertex)
        writer.put(3, name)
        writer.put(4, current)
        writer.put(5, total)
        writer.put(6, time)
        writer.put(7, started)
        writer.put(8, completed)
    }
}

/// A piece of a step's output. It need neither end with a line nor be text.
package struct VertexLog: ProtobufMessage, Hashable {
    /// The digest of the step.
    package var vertex = ""
    package var time: ProtobufTimestamp?
    /// 1 for standard output, 2 for standard error.
    package var stream: Int32 = 0
    package var bytes: [UInt8] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: vertex = try field.string
        case 2: time = try field.message()
        case 3: stream = try field.int32
        case 4: bytes = try field.bytes
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, vertex)
        writer.put(2, time)
        writer.put(3, stream)
        writer.put(4, bytes)
    }
}
