/// A stream or connection that ended before its time.
package enum HTTP2Error: Error, Sendable, Hashable, CustomStringConvertible {
    /// The other side reset the stream, with a code of RFC 9113, section 7.
    case reset(code: UInt32)
    /// The connection is gone.
    case lost(reason: String)

    package var description: String {
        switch self {
        case .reset(let code): "the stream was reset with code \(code)"
        case .lost(let reason): "the connection was lost: \(reason)"
        }
    }

    package static let noError: UInt32 = 0
    package static let internalError: UInt32 = 2
    package static let refusedStream: UInt32 = 7
    package static let cancel: UInt32 = 8
}
