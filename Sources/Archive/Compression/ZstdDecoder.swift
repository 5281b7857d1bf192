internal import CCompression
internal import Concurrency

/// Reads zstd: one frame after another, skippable ones included (RFC 8878, 3.1).
final class ZstdDecoder {
    private static let pieceSize = 256 << 10

    private let context: OpaquePointer
    private var input: PendingInput
    /// Nothing of a frame is missing.
    private var isBetweenFrames = true
    /// There may be more output without more input.
    private var isFull = false

    init(_ source: @escaping ByteSource) throws(ArchiveError) {
        guard let context = ZSTD_createDCtx() else {
            throw ArchiveError(.local, "there is no memory left to decompress with")
        }
        self.context = context
        input = PendingInput(source)
    }

    deinit { ZSTD_freeDCtx(context) }

    func next() throws -> [UInt8]? {
        while true {
            if !isFull, try !input.fill() {
                if isBetweenFrames { return nil }
                throw ArchiveError(.truncated, "the zstd stream ends too early")
            }
            let piece = try run()
            if !piece.isEmpty { return piece }
        }
    }

    private func run() throws(ArchiveError) -> [UInt8] {
        var code = 0
        var used = input.used
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
            var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
            input.bytes.withUnsafeBytes { bytes in
                var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: used)
                code = ZSTD_decompressStream(context, &output, &source)
                used = source.pos
            }
            count = output.pos
            isFull = output.pos == output.size && code != 0
        }
        input.use(used - input.used)
        if ZSTD_isError(code) != 0 {
            let reason = String(cString: ZSTD_getErrorName(code))
            throw ArchiveError(.damaged, "the zstd stream is damaged: \(reason)")
        }
        isBetweenFrames = code == 0
        return piece
    }
}
