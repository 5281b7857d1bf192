internal import CArchive
internal import Concurrency

/// Decompresses the formats that only libarchive supports.
final class FilterDecoder {
    private let reader: ArchiveReader
    private let name: String
    private var isOpen = false
    private var isFinished = false

    init(_ format: carchive_format, _ name: String, _ source: @escaping ByteSource) throws {
        reader = try ArchiveReader(format, source)
        self.name = name
    }

    func next() throws -> [UInt8]? {
        if !isOpen {
            isOpen = true
            let (code, _) = try reader.nextHeader()
            // libarchive passes on formats that it does not recognise, and would also decompress a compressed file
            // inside a compressed file.
            guard code == ARCHIVE_OK || code == ARCHIVE_EOF, reader.filterCount == 1 else { throw failure() }
            isFinished = code == ARCHIVE_EOF
        }
        while !isFinished {
            let (code, data) = try reader.nextData()
            isFinished = code == ARCHIVE_EOF
            guard code == ARCHIVE_OK || isFinished else { throw failure() }
            if !data.bytes.isEmpty { return data.bytes }
        }
        return nil
    }

    private func failure() -> ArchiveError {
        reader.isAtEnd
            ? ArchiveError(.truncated, "the \(name) stream ends too early")
            : ArchiveError(.damaged, "the \(name) stream is damaged: \(reader.errorText)")
    }
}
