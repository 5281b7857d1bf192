/// A failed or broken connection.
package struct ChannelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, such as "connection refused".
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }

    /// The connection was closed from this side.
    static let closed = ChannelError("the connection was closed")
}
