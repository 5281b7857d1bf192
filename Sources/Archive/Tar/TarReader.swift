internal import CArchive
package import Concurrency

/// Reads a tar archive in any dialect (v7, ustar, GNU, pax, sparse files), compressed or not, as a stream.
///
/// Names are read byte for byte. Absolute names lose their leading slashes; names that lead out of the archive are
/// refused or confined. Damaged and truncated archives are errors. Reading blocks on the source; see
/// ``Concurrency/ByteStream/pulled(by:)``.
package final class TarReader {
    /// A piece of a file's content.
    package struct Extent: Hashable, Sendable {
        /// The offset in the file. Gaps between extents, up to the size of the entry, are holes: zeros.
        package let offset: Int64
        /// Never empty.
        package let bytes: [UInt8]
    }

    private let reader: ArchiveReader
    private let input: TarInput
    private let limits: TarLimits
    private let endMayBeMissing: Bool
    private let confinesNames: Bool
    private var current: TarEntry?
    /// The lowest offset for the next extent.
    private var offset: Int64 = 0
    private var count = 0
    private var totalSize: Int64 = 0
    private var isFinished = false

    /// Opens an archive.
    ///
    /// - Parameters:
    ///   - source: The archive.
    ///   - endMayBeMissing: True to accept an archive without the two zero blocks at the end, which some writers omit:
    ///     for content whose length is known by other means, such as a digest, and wherever tar(1) would accept it.
    ///   - confinesNames: True to confine names that lead out of the archive, as in ``TarPath/init(confining:)``, and
    ///     to accept entries without a name for the root.
    ///   - observer: Called with every piece of the uncompressed archive, in order and to the very end: the input of a
    ///     diff ID (image-spec, config.md, "Layer DiffID").
    /// - Throws: The error of the source; ``ArchiveError`` if a library is missing.
    package init(
        _ source: @escaping ByteSource, limits: TarLimits = TarLimits(), endMayBeMissing: Bool = false,
        confinesNames: Bool = false, observer: @escaping ([UInt8]) -> Void = { _ in }
    ) throws {
        let input = TarInput(try Decompressor(source), limit: limits.totalSize, observer: observer)
        self.input = input
        self.limits = limits
        self.endMayBeMissing = endMayBeMissing
        self.confinesNames = confinesNames
        reader = try ArchiveReader(CARCHIVE_TAR) { try input.next() }
    }

    /// The next entry, or `nil` at the end. Skips the unread content of the previous entry.
    ///
    /// - Throws: ``ArchiveError`` with the entry; the error of the source. Nothing can be read afterwards.
    package func next() throws -> TarEntry? {
        if isFinished { return nil }
        current = nil
        let (code, header) = try reader.nextHeader()
        if code == ARCHIVE_EOF {
            try finish()
            return nil
        }
        guard let header else { throw failure("the header of an entry") }
        count += 1
        guard code == ARCHIVE_OK || isAboutCharacters(reader.errorText) else { throw failure("the header of an entry") }
        guard count <= limits.entries else {
            throw ArchiveError(.limit, "the archive has more than \(limits.entries) entries")
        }
        let entry = try TarEntry(header, limits, confinesNames: confinesNames)
        // Both are within the limit, so the sum cannot overflow.
        guard entry.size <= limits.totalSize, totalSize + entry.size <= limits.totalSize else {
            throw ArchiveError(
                .limit, "the archive's files have more than \(limits.totalSize) bytes", entry: "\(entry.path)")
        }
        totalSize += entry.size
        current = entry
        offset = 0
        return entry
    }

    /// The next piece of the current entry's content, or `nil` at its end.
    ///
    /// - Throws: ``ArchiveError`` with the entry; the error of the source.
    package func extent() throws -> Extent? {
        guard let entry = current, entry.size > 0 else { return nil }
        while true {
            let (code, data) = try reader.nextData()
            if code == ARCHIVE_EOF { return nil }
            guard code == ARCHIVE_OK else { throw failure("its content") }
            if data.bytes.isEmpty { continue }
            guard data.offset >= offset, data.offset <= entry.size - Int64(data.bytes.count) else {
                throw ArchiveError(.damaged, "its map of holes is wrong", entry: "\(entry.path)")
            }
            offset = data.offset + Int64(data.bytes.count)
            return Extent(offset: data.offset, bytes: data.bytes)
        }
    }

    /// The whole content of the current entry, holes filled with zeros.
    ///
    /// - Parameter limit: The maximum size, in bytes.
    /// - Throws: ``ArchiveError``; the error of the source.
    package func content(limit: Int) throws -> [UInt8] {
        guard let entry = current else { return [] }
        guard entry.size <= limit else {
            throw ArchiveError(
                .limit, "it has \(entry.size) bytes, more than the limit of \(limit)", entry: "\(entry.path)")
        }
        var content: [UInt8] = []
        content.reserveCapacity(Int(entry.size))
        while let extent = try extent() {
            content += [UInt8](repeating: 0, count: Int(extent.offset) - content.count)
            content += extent.bytes
        }
        return content + [UInt8](repeating: 0, count: Int(entry.size) - content.count)
    }

    /// Reads the rest of the stream: padding, and the checksums of the compression.
    private func finish() throws {
        isFinished = true
        let sawEnd = reader.position > reader.headerPosition
        guard sawEnd || endMayBeMissing else { throw ArchiveError(.truncated, "the archive ends too early") }
        while try input.next() != nil {}
    }

    /// Returns true if a warning is only about a name that is not valid in the C locale. Such a name is kept unchanged.
    private func isAboutCharacters(_ warning: String) -> Bool { warning.contains("can't be converted") }

    private func failure(_ part: String) -> ArchiveError {
        let entry = current.map { "\($0.path)" }
        if reader.isAtEnd { return ArchiveError(.truncated, "the archive ends too early", entry: entry) }
        let position = entry == nil ? " (entry \(count + 1))" : ""
        return ArchiveError(.damaged, "\(part)\(position) is damaged: \(reader.errorText)", entry: entry)
    }
}

/// The uncompressed archive, with a limit and an observer.
private final class TarInput {
    private let decompressor: Decompressor
    private let limit: Int64
    private let observer: ([UInt8]) -> Void
    private var count: Int64 = 0

    init(_ decompressor: Decompressor, limit: Int64, observer: @escaping ([UInt8]) -> Void) {
        self.decompressor = decompressor
        self.limit = limit
        self.observer = observer
    }

    func next() throws -> [UInt8]? {
        guard let piece = try decompressor.next() else { return nil }
        count += Int64(piece.count)
        guard count <= limit else { throw ArchiveError(.limit, "the archive has more than \(limit) bytes") }
        observer(piece)
        return piece
    }
}
