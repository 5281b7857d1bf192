internal import CArchive
package import Concurrency

/// Decompresses gzip (with any number of members), bzip2, xz and zstd, and passes on uncompressed streams.
///
/// Verifies checksums and lengths where the format has them. A truncated stream is an error.
package final class Decompressor {
    package let format: CompressionFormat
    private let pull: ByteSource

    /// Detects the compression from the beginning of the stream.
    ///
    /// - Throws: The error of the source; ``ArchiveError`` if a library is missing.
    package init(_ source: @escaping ByteSource) throws {
        var first: [UInt8] = []
        while first.count < CompressionFormat.probeSize, let piece = try source() { first += piece }
        format = CompressionFormat(firstBytes: first)
        var pending: [UInt8]? = first.isEmpty ? nil : first
        let whole: ByteSource = {
            guard let piece = pending else { return try source() }
            pending = nil
            return piece
        }
        switch format {
        case .none: pull = whole
        case .gzip: pull = try GzipDecoder(whole).next
        case .zstd: pull = try ZstdDecoder(whole).next
        case .bzip2: pull = try FilterDecoder(CARCHIVE_BZIP2, "bzip2", whole).next
        case .xz: pull = try FilterDecoder(CARCHIVE_XZ, "xz", whole).next
        }
    }

    /// The next piece of the content, never empty, or `nil` at the end.
    ///
    /// - Throws: ``ArchiveError``; the error of the source.
    package func next() throws -> [UInt8]? { try pull() }
}

/// The unused part of the current piece of a source.
struct PendingInput {
    private let source: ByteSource
    private(set) var bytes: [UInt8] = []
    private(set) var used = 0

    init(_ source: @escaping ByteSource) {
        self.source = source
    }

    /// Reads the next piece if this one is used up.
    ///
    /// - Returns: False at the end of the source.
    mutating func fill() throws -> Bool {
        while used == bytes.count {
            guard let piece = try source() else { return false }
            bytes = piece
            used = 0
        }
        return true
    }

    mutating func use(_ count: Int) { used += count }
}
