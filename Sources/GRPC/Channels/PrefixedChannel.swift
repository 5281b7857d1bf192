internal import Concurrency

/// A channel from which some bytes have been read already.
final class PrefixedChannel: ByteChannel {
    private let prefix: Guarded<[UInt8]>
    private let channel: any ByteChannel

    init(_ prefix: [UInt8], _ channel: any ByteChannel) {
        self.prefix = Guarded(prefix)
        self.channel = channel
    }

    func read() async throws -> [UInt8]? {
        let first = prefix.withLock { prefix in
            defer { prefix = [] }
            return prefix
        }
        return first.isEmpty ? try await channel.read() : first
    }

    func write(_ bytes: [UInt8]) async throws { try await channel.write(bytes) }
    func finish() async throws { try await channel.finish() }
    func close() { channel.close() }
}
