internal import CArchive
internal import Concurrency

/// A stream that is read by libarchive.
final class ArchiveReader {
    private let reader: OpaquePointer
    private let source: ByteSource
    private var isOpen = false
    /// The piece that libarchive is reading; its address must not change.
    private var piece: UnsafeMutableRawBufferPointer
    private var failure: (any Error)?
    /// True if the source has nothing more.
    private(set) var isAtEnd = false

    /// - Throws: ``ArchiveError`` if the library is missing.
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

    /// libarchive's text for the last error.
    var errorText: String { carchive_error(reader).map { String(cString: $0) } ?? "it cannot be read" }
    /// The number of compression layers that the library recognised.
    var filterCount: Int32 { carchive_filter_count(reader) }
    /// The position in the archive, in bytes.
    var position: Int64 { carchive_position(reader) }
    /// The position at which the reader looked for the last header.
    var headerPosition: Int64 { carchive_header_position(reader) }

    /// Reads the next header.
    ///
    /// - Returns: The library's return code, and the entry if there is one. The entry is valid until the next call.
    /// - Throws: The error of the source.
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

    /// Reads the next piece of content.
    ///
    /// - Returns: The library's return code, and a piece with its offset in the file.
    /// - Throws: The error of the source.
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

    /// Reads the next piece from the source; the length is -1 if the source fails.
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
