package import GRPC

/// The version of a daemon. It says nothing about what the daemon can do: distributions leave out the number.
package struct DaemonVersion: ProtobufMessage, Hashable {
    package var package = ""
    package var version = ""
    package var revision = ""

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: package = try field.string
        case 2: version = try field.string
        case 3: revision = try field.string
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, package)
        writer.put(2, version)
        writer.put(3, revision)
    }
}

/// The answer to Control/Info.
struct InfoResponse: ProtobufMessage {
    var version = DaemonVersion()

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { version = try field.message() }
    }

    func write(to writer: inout ProtobufWriter) { writer.put(1, version) }
}
