/// Bytes that are not the expected message.
package struct ProtobufError: Error, Sendable, Hashable, CustomStringConvertible {
    package init() {}

    package var description: String { "a message cannot be read" }
}
