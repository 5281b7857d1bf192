package import GRPC

/// A build that a daemon remembers.
package struct BuildRecord: ProtobufMessage, Hashable {
    /// The id of the build.
    package var id = ""
    package var frontend = ""
    package var attributes: [String: String] = [:]
    /// Empty if the build has not failed.
    package var error = ""
    package var created: ProtobufTimestamp?
    /// `nil` while it runs.
    package var completed: ProtobufTimestamp?
    /// The descriptions of the results by their exporters.
    package var values: [String: String] = [:]
    package var cachedSteps: Int32 = 0
    package var steps: Int32 = 0
    package var completedSteps: Int32 = 0

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: id = try field.string
        case 2: frontend = try field.string
        case 3: try field.insert(into: &attributes)
        case 5: error = try field.message(GRPCDetails.self).message
        case 6: created = try field.message()
        case 7: completed = try field.message()
        case 9: try field.insert(into: &values)
        case 15: cachedSteps = try field.int32
        case 16: steps = try field.int32
        case 17: completedSteps = try field.int32
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, id)
        writer.put(2, frontend)
        writer.put(3, attributes)
        if !error.isEmpty {
            var details = GRPCDetails()
            details.message = error
            writer.put(5, details)
        }
        writer.put(6, created)
        writer.put(7, completed)
        writer.put(9, values)
        writer.put(15, cachedSteps)
        writer.put(16, steps)
        writer.put(17, completedSteps)
    }
}

/// The request of Control/ListenBuildHistory.
struct BuildHistoryRequest: ProtobufMessage {
    var id = ""
    /// True to end with what there is.
    var endsEarly = false

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 2: id = try field.string
        case 3: endsEarly = try field.bool
        default: break
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.put(2, id)
        writer.put(3, endsEarly)
    }
}

/// An answer of Control/ListenBuildHistory.
struct BuildHistoryEvent: ProtobufMessage {
    var record = BuildRecord()

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 2 { record = try field.message() }
    }

    func write(to writer: inout ProtobufWriter) { writer.put(2, record) }
}
