package import GRPC

/// Rules for the sources of a build, such as the digests of its base images.
package struct SourcePolicy: ProtobufMessage, Hashable {
    package var rules: [Rule] = []

    package init() {}

    package init(_ rules: [Rule]) {
        self.rules = rules
    }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 2 { rules.append(try field.message()) }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, Int64(1))
        writer.put(2, rules)
    }

    /// A rule for sources that a pattern matches.
    package struct Rule: ProtobufMessage, Hashable {
        package enum Action: Int32, Sendable {
            case allow = 0
            case deny = 1
            case convert = 2
        }

        package var action = Action.allow
        /// As in `docker-image://docker.io/library/alpine:latest`; `*` matches anything.
        package var pattern = ""
        /// The replacement of the source.
        package var replacement = ""
        package var attributes: [String: String] = [:]

        package init() {}

        package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
            switch field.number {
            case 1: action = Action(rawValue: try field.int32) ?? .allow
            case 2: pattern = try field.message(Identified.self).identifier
            case 3:
                let update = try field.message(Identified.self)
                (replacement, attributes) = (update.identifier, update.attributes)
            default: break
            }
        }

        package func write(to writer: inout ProtobufWriter) {
            writer.put(1, action.rawValue)
            writer.put(2, Identified(identifier: pattern))
            if action == .convert { writer.put(3, Identified(identifier: replacement, attributes: attributes)) }
        }
    }

    /// A source and its attributes. In a selector, the second field is the kind of the pattern.
    private struct Identified: ProtobufMessage {
        var identifier = ""
        var attributes: [String: String] = [:]

        mutating func take(_ field: ProtobufField) throws(ProtobufError) {
            switch field.number {
            case 1: identifier = try field.string
            case 2 where field.isBytes: try field.insert(into: &attributes)
            default: break
            }
        }

        func write(to writer: inout ProtobufWriter) {
            writer.put(1, identifier)
            writer.put(2, attributes)
        }
    }
}
