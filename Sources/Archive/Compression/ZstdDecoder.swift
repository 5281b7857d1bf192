internal import CCompression
internal import Concurrency

/// Decompresses zstd: one frame after another, skippable frames included (RFC 8878, 3.1).
final class ZstdDecoder {
    private let context: OpaquePointer
    private var input: PendingInput
    private var pieces = PieceCollector()
    /// True if the last frame is complete.
    private var isBetweenFrames = true
    /// True if there may be more output without more input.
    private var isFull = false

    init(_ source: @escaping ByteSource) throws(ArchiveError) {
        guard let context = ZSTD_createDCtx() else {
            throw ArchiveError(.local, "out of memory")
        }
        self.context = context
        input = PendingInput(source)
    }

    deinit { ZSTD_freeDCtx(context) }

    func next() throws -> [UInt8]? {
        try pieces.next { output in
            if !isFull, try !input.fill() {
                if isBetweenFrames { return nil }
                throw ArchiveError(.truncated, "the zstd stream ends too early")
            }
            return try run(into: output)
        }
    }

    private func run(into output: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        var used = input.used
        let code = input.bytes.withUnsafeBytes { bytes in
            var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: used)
            defer { used = source.pos }
            return ZSTD_decompressStream(context, &target, &source)
        }
        input.use(used - input.used)
        if ZSTD_isError(code) != 0 {
            let reason = String(cString: ZSTD_getErrorName(code))
            throw ArchiveError(.damaged, "the zstd stream is damaged: \(reason)")
        }
        isBetweenFrames = code == 0
        isFull = target.pos == target.size && code != 0
        return target.pos
    }
}
