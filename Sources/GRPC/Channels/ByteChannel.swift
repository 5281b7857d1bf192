/// A connection that carries bytes in both directions. One task reads and one writes.
package protocol ByteChannel: AnyObject, Sendable {
    /// The next bytes, never empty, or `nil` once the other side sends no more.
    func read() async throws -> [UInt8]?

    /// Sends bytes, waiting while the other side accepts no more.
    func write(_ bytes: [UInt8]) async throws

    /// Ends the sending direction, after what has been written.
    func finish() async throws

    /// Ends both directions at once, which wakes all who wait for either.
    func close()
}
