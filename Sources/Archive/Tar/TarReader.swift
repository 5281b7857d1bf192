internal import CArchive
package import Concurrency

/// Reads a tar archive of any dialect (v7, ustar, GNU, pax, with sparse files), compressed or not, as it streams in.
///
/// Names are taken byte for byte. Those that are absolute lose their slashes, and those that lead out of the archive
/// are refused or kept inside. Refused is everything that is damaged or incomplete: an archive without its end is an error. Reading waits
/// for the source, so it is for threads that may wait; see ``Concurrency/ByteStream/pulled(by:)``.
package final class TarReader {
    /// A piece of a file's content.
    package struct Extent: Hashable, Sendable {
        /// Where in the file it begins. What extents leave out, up to the size of the entry, are holes: zeros.
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
    /// Where the next extent may begin.
    private var offset: Int64 = 0
    private var count = 0
    private var totalSize: Int64 = 0
    private var isFinished = false

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - source: The archive.
    ///   - endMayBeMissing: Whether the two zero blocks at the end may be missing, as some writers leave them out: for
    ///     content whose length is known by other means, as by a digest, and where tar(1) is the measure.
    ///   - confinesNames: Whether names that lead out of the archive are kept inside, as ``TarPath/init(confining:)``
    ///     does it, and an entry may be without a name: it is then about the archive as a whole.
    ///   - observer: Is given every piece of the uncompressed archive in order, to its very end: what a diff id is the
    ///     digest of (image-spec, config.md, "Layer DiffID").
    /// - Throws: What the source throws; ``ArchiveError`` when a library is missing.
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

    /// The next entry, or `nil` at the end. What was not read of the content of the entry before is skipped.
    ///
    /// - Throws: ``ArchiveError``, naming the entry; what the source throws. Nothing can be read after that.
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
        // Both are at most the limit, so that the sum cannot overflow.
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
    /// - Throws: ``ArchiveError``, naming the entry; what the source throws.
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
    /// - Parameter limit: The most that is accepted, in bytes.
    /// - Throws: ``ArchiveError``; what the source throws.
    package func content(limit: Int) throws -> [UInt8] {
        guard let entry = current else { return [] }
        guard entry.size <= limit else {
            throw ArchiveError(
                .limit, "it has \(entry.size) bytes, and no more than \(limit) are expected", entry: "\(entry.path)")
        }
        var content: [UInt8] = []
        content.reserveCapacity(Int(entry.size))
        while let extent = try extent() {
            content += [UInt8](repeating: 0, count: Int(extent.offset) - content.count)
            content += extent.bytes
        }
        return content + [UInt8](repeating: 0, count: Int(entry.size) - content.count)
    }

    /// Reads what follows the archive: padding, and the checksums of the compression.
    private func finish() throws {
        isFinished = true
        let sawEnd = reader.position > reader.headerPosition
        guard sawEnd || endMayBeMissing else { throw ArchiveError(.truncated, "the archive ends too early") }
        while try input.next() != nil {}
    }

    /// Whether a warning only says that a name is not one of the C locale, in which it is kept as it is.
    private func isAboutCharacters(_ warning: String) -> Bool { warning.contains("can't be converted") }

    private func failure(_ part: String) -> ArchiveError {
        let entry = current.map { "\($0.path)" }
        if reader.isAtEnd { return ArchiveError(.truncated, "the archive ends too early", entry: entry) }
        let place = entry == nil ? " (entry \(count + 1))" : ""
        return ArchiveError(.damaged, "\(part)\(place) is damaged: \(reader.errorText)", entry: entry)
    }
}

/// The uncompressed archive, bounded and observed.
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
