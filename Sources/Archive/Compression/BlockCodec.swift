internal import CCompression

/// Compresses one block at a time into a stream that stands alone. A codec belongs to one thread.
protocol BlockCodec: AnyObject {
    typealias Maker = @Sendable () throws(ArchiveError) -> any BlockCodec

    func compress(_ block: [UInt8]) throws(ArchiveError) -> [UInt8]
}

private let outOfMemory = ArchiveError(.local, "there is no memory left to compress with")

/// Makes a gzip member of each block (RFC 1952, 2.2).
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

/// Makes a zstd frame with a checksum of each block (RFC 8878, 3.1.1).
///
/// The library's own threads are not used: Debian's static library has none, and with them the bytes would depend on
/// how it cuts its input.
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
