internal import Glibc

/// Compresses a stream of bytes on several processors.
///
/// The stream is cut into blocks of fixed size, and each becomes a gzip member or a zstd frame of its own, which every
/// reader takes for one stream. So the output depends on the input, the compression and its level alone: not on how the
/// input was cut into pieces, nor on the number of workers. Whoever calls waits while the workers are behind, so this is
/// for threads that may wait. Two blocks are under way for each worker.
package final class Compressor {
    /// What the compressed bytes are given to, on the caller's thread and in order.
    package typealias Sink = ([UInt8]) throws -> Void

    private let blockSize: Int
    private let sink: Sink
    /// `nil` where nothing is compressed.
    private let encoder: ParallelEncoder?
    private var block: [UInt8] = []
    private var isEmpty = true
    private var isFinished = false

    /// Starts a stream.
    ///
    /// - Parameter workers: How many threads compress, at least one; by default one a processor.
    /// - Throws: ``ArchiveError`` when the level is none of the compression.
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
    /// - Throws: What the sink throws; ``ArchiveError``. The stream is lost then.
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
            // A full block waits for the next byte, since the last one may be treated in its own way.
            if block.count == blockSize { try flush(isLast: false) }
            if block.isEmpty { block.reserveCapacity(blockSize) }
            let piece = rest.prefix(blockSize - block.count)
            block.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
            rest = rest.dropFirst(piece.count)
        }
    }

    /// Ends the stream and gives the last bytes to the sink. An empty stream is a valid one too.
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
