/// Bytes that arrive piece by piece. One consumer pulls; the producer waits for it.
package protocol ByteStream: AnyObject, Sendable {
    /// The next piece, never empty, or `nil` at the end.
    func next() async throws -> [UInt8]?
}

/// A stream of bytes in memory.
package final class BytesStream: ByteStream {
    private let pending: Guarded<[UInt8]?>

    package init(_ bytes: [UInt8]) {
        pending = Guarded(bytes.isEmpty ? nil : bytes)
    }

    package func next() async throws -> [UInt8]? {
        pending.withLock { pending in
            defer { pending = nil }
            return pending
        }
    }
}
