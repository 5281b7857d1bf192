package import GRPC

/// A message with a name: the id of a secret or an agent, or a host.
package struct NameMessage: ProtobufMessage, Hashable {
    package var name = ""

    package init() {}

    package init(_ name: String) {
        self.name = name
    }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { name = try field.string }
    }

    package func write(to writer: inout ProtobufWriter) { writer.put(1, name) }
}
