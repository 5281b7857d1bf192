internal import CCompression
internal import Concurrency

/// Decompresses gzip: one member after another (RFC 1952, 2.2), then zero bytes at most.
final class GzipDecoder {
    private let stream: OpaquePointer
    private var input: PendingInput
    private var pieces = PieceCollector()
    private var isInMember = true
    private var isDamaged = false

    init(_ source: @escaping ByteSource) throws(ArchiveError) {
        guard let stream = ccompression_gunzip_new() else {
            throw ArchiveError(.local, "out of memory")
        }
        self.stream = stream
        input = PendingInput(source)
    }

    deinit { ccompression_gunzip_free(stream) }

    func next() throws -> [UInt8]? {
        try pieces.next { output in
            // Bytes before the damage are handed out first, for callers that only need the beginning.
            if isDamaged { throw ArchiveError(.damaged, "the gzip stream is damaged") }
            guard try isInMember || beginMember() else { return nil }
            guard try input.fill() else { throw ArchiveError(.truncated, "the gzip stream ends too early") }
            return run(into: output)
        }
    }

    private func run(into output: UnsafeMutableRawBufferPointer) -> Int {
        var used = 0
        var count = output.count
        let status = input.bytes.withUnsafeBytes { bytes in
            used = bytes.count - input.used
            return ccompression_gunzip_run(
                stream, bytes.baseAddress?.advanced(by: input.used), &used, output.baseAddress, &count)
        }
        input.use(used)
        if status == CCOMPRESSION_DAMAGED { isDamaged = true }
        if status == CCOMPRESSION_END { isInMember = false }
        return count
    }

    /// - Returns: True if there is another member.
    private func beginMember() throws -> Bool {
        var sawZero = false
        while try input.fill() {
            if input.bytes[input.used] == 0 {
                sawZero = true
                input.use(1)
            } else if sawZero {
                throw ArchiveError(.damaged, "something that is not gzip follows the gzip stream")
            } else {
                ccompression_gunzip_reset(stream)
                isInMember = true
                return true
            }
        }
        return false
    }
}
