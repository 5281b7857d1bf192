internal import Concurrency

/// The end of what a running program has written to its standard error.
package final class ErrorOutput: Sendable {
    private static let limit = 4 << 10

    private let bytes = Guarded<[UInt8]>([])

    init() {}

    func append(_ piece: UnsafeRawBufferPointer) {
        bytes.withLock { bytes in
            bytes += piece
            bytes.removeFirst(max(0, bytes.count - Self.limit))
        }
    }

    /// The text on one line; empty if there is none.
    package var text: String {
        let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
