internal import CCompression

/// Compresses each block into a stream that stands alone. Must stay on one thread.
protocol BlockCodec: AnyObject {
    typealias Maker = @Sendable () throws(ArchiveError) -> any BlockCodec

    func compress(_ block: [UInt8]) throws(ArchiveError) -> [UInt8]
}

private let outOfMemory = ArchiveError(.local, "out of memory")

/// Compresses each block into a gzip member (RFC 1952, 2.2).
final class GzipCodec: BlockCodec {
    private let compressor: OpaquePointer

    init(level: Int) throws(ArchiveError) {
        guard let compressor = libdeflate_alloc_compressor(Int32(level)) else { throw outOfMemory }
        self.compressor = compressor
    }

    deinit { libdeflate_free_compressor(compressor) }

    func compress(_ block: [UInt8]) -> [UInt8] {
        let bound = libdeflate_gzip_compress_bound(compressor, block.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = block.withUnsafeBytes {
                libdeflate_gzip_compress(compressor, $0.baseAddress, $0.count, buffer.baseAddress, bound)
            }
        }
    }
}

/// Compresses each block into a zstd frame with a checksum (RFC 8878, 3.1.1).
///
/// The library's own threads are not used: Debian's static library is built without them, and the output would depend
/// on the way that it splits the input.
final class ZstdCodec: BlockCodec {
    private let context: OpaquePointer

    init(level: Int) throws(ArchiveError) {
        guard let context = ZSTD_createCCtx() else { throw outOfMemory }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    func compress(_ block: [UInt8]) throws(ArchiveError) -> [UInt8] {
        let bound = ZSTD_compressBound(block.count)
        var code = 0
        let frame = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            code = block.withUnsafeBytes {
                ZSTD_compress2(context, buffer.baseAddress, bound, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(code) == 0 ? code : 0
        }
        if ZSTD_isError(code) != 0 {
            throw ArchiveError(.local, "libzstd cannot compress: \(String(cString: ZSTD_getErrorName(code)))")
        }
        return frame
    }
}
