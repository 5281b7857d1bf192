internal import CArchive
internal import Concurrency

/// One stream being read by libarchive.
final class ArchiveReader {
    private let reader: OpaquePointer
    private let source: ByteSource
    private var isOpen = false
    /// The piece that libarchive is reading; it has to stay where it is.
    private var piece: UnsafeMutableRawBufferPointer
    private var failure: (any Error)?
    /// The source has nothing more.
    private(set) var isAtEnd = false

    /// - Throws: ``ArchiveError`` when the library is not there.
    init(_ format: carchive_format, _ source: @escaping ByteSource) throws(ArchiveError) {
        if let problem = carchive_load() { throw ArchiveError(.local, String(cString: problem)) }
        guard let reader = carchive_reader_new(format) else {
            throw ArchiveError(.local, "libarchive was built without this format")
        }
        self.reader = reader
        self.source = source
        piece = .allocate(byteCount: 0, alignment: 16)
    }

    deinit {
        carchive_reader_free(reader)
        piece.deallocate()
    }

    /// What libarchive says about the last failure.
    var errorText: String { carchive_error(reader).map { String(cString: $0) } ?? "it cannot be read" }
    /// How many compressions the library has recognised, one around the other.
    var filterCount: Int32 { carchive_filter_count(reader) }
    /// How far into the archive the reader has come, in bytes.
    var position: Int64 { carchive_position(reader) }
    /// Where the last header was looked for.
    var headerPosition: Int64 { carchive_header_position(reader) }

    /// - Returns: The library's return code, and the entry when it found one. The entry is valid until the next call.
    /// - Throws: What the source throws.
    func nextHeader() throws -> (Int32, OpaquePointer?) {
        if !isOpen {
            isOpen = true
            let code = carchive_open(reader, pullPiece, Unmanaged.passUnretained(self).toOpaque())
            try rethrow()
            guard code == ARCHIVE_OK else { return (code, nil) }
        }
        var entry: OpaquePointer?
        let code = carchive_next(reader, &entry)
        try rethrow()
        return (code, code == ARCHIVE_OK || code == ARCHIVE_WARN ? entry : nil)
    }

    /// - Returns: The library's return code, and a piece of content with the place where it belongs.
    /// - Throws: What the source throws.
    func nextData() throws -> (Int32, (bytes: [UInt8], offset: Int64)) {
        var bytes: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let code = carchive_data(reader, &bytes, &count, &offset)
        try rethrow()
        guard code == ARCHIVE_OK else { return (code, ([], offset)) }
        return (code, (Array(UnsafeRawBufferPointer(start: bytes, count: count)), offset))
    }

    private func rethrow() throws {
        if let failure { throw failure }
    }

    /// Gets the next piece; the length is -1 when the source fails.
    fileprivate func pull() -> (UnsafeRawPointer?, Int) {
        if failure != nil { return (nil, -1) }
        do {
            guard let bytes = try source() else {
                isAtEnd = true
                return (nil, 0)
            }
            if bytes.count > piece.count {
                piece.deallocate()
                piece = .allocate(byteCount: bytes.count, alignment: 16)
            }
            piece.copyBytes(from: bytes)
            return (UnsafeRawPointer(piece.baseAddress), bytes.count)
        } catch {
            failure = error
            return (nil, -1)
        }
    }
}

private let pullPiece: carchive_source = { _, context, bytes in
    guard let context else { return -1 }
    let (start, count) = Unmanaged<ArchiveReader>.fromOpaque(context).takeUnretainedValue().pull()
    bytes?.pointee = start
    return count
}
