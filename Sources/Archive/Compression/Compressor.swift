internal import Glibc

/// Compresses a stream of bytes on several processors.
///
/// The stream is split into blocks of a fixed size, and each becomes a gzip member or zstd frame of its own, which
/// every reader accepts as one stream. The output therefore depends only on the input, the compression and its level,
/// not on the pieces in which the input arrives or the number of workers. Calls block while the workers are busy, with
/// two blocks in progress for each.
package final class Compressor {
    /// A consumer of compressed bytes, called in order on the caller's thread.
    package typealias Sink = ([UInt8]) throws -> Void

    private let blockSize: Int
    private let sink: Sink
    /// `nil` without compression.
    private let encoder: ParallelEncoder?
    private var block: [UInt8] = []
    private var isEmpty = true
    private var isFinished = false

    /// Starts a stream.
    ///
    /// - Parameter workers: The number of threads that compress, at least one; by default one per processor.
    /// - Throws: ``ArchiveError`` if the compression does not have the level.
    package init(
        _ compression: LayerCompression, workers: Int? = nil, to sink: @escaping Sink
    ) throws(ArchiveError) {
        try compression.validate()
        blockSize = compression.blockSize
        self.sink = sink
        let codec: BlockCodec.Maker? =
            switch compression {
            case .none: nil
            case .gzip(let level): { () throws(ArchiveError) in try GzipCodec(level: level) }
            case .zstd(let level): { () throws(ArchiveError) in try ZstdCodec(level: level) }
            }
        let workers = max(1, workers ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        encoder = codec.map { ParallelEncoder(workers: workers, codec: $0, to: sink) }
    }

    /// Adds bytes to the stream.
    ///
    /// - Throws: The error of the sink; ``ArchiveError``. The stream cannot be used afterwards.
    package func write(_ bytes: [UInt8]) throws {
        if encoder == nil {
            if !bytes.isEmpty { try sink(bytes) }
        } else {
            try bytes.withUnsafeBytes { try write($0) }
        }
    }

    /// Adds bytes to the stream.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // Keep a full block until the next byte arrives: the last block may be handled differently.
            if block.count == blockSize { try flush(isLast: false) }
            if block.isEmpty { block.reserveCapacity(blockSize) }
            let piece = rest.prefix(blockSize - block.count)
            block.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
            rest = rest.dropFirst(piece.count)
        }
    }

    /// Ends the stream and passes the last bytes to the sink. An empty stream is valid as well.
    package func finish() throws {
        guard !isFinished else { return }
        isFinished = true
        if !block.isEmpty || (isEmpty && encoder != nil) { try flush(isLast: true) }
        try encoder?.finish()
    }

    private func flush(isLast: Bool) throws {
        let full = block
        block = []
        isEmpty = false
        if let encoder { try encoder.encode(full, isLast: isLast) } else { try sink(full) }
    }
}
