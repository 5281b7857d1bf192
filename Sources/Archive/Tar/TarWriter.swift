/// Writes a tar archive: ustar, with pax records where an entry needs them (POSIX.1-2017, pax).
///
/// The same entries and contents give the same bytes, on every machine and with every version of every library: there
/// is no padding beyond the two blocks of the end, no time but ``TarEntry/modified``, and nothing that differs by
/// locale. Extended attributes are records of the kind `SCHILY.xattr`, which is the one that containers use.
package final class TarWriter {
    /// What the archive is given to, in order.
    package typealias Sink = ([UInt8]) throws -> Void

    /// Bytes in a piece that the sink gets; only the last is smaller.
    package static let pieceSize = 256 << 10

    private let sink: Sink
    private var piece: [UInt8] = []
    private var current: TarEntry?
    /// How many bytes the current entry still lacks.
    private var missing: Int64 = 0

    package init(to sink: @escaping Sink) {
        self.sink = sink
    }

    /// Begins an entry. A file's content has to follow by ``write(_:)-([UInt8])``.
    ///
    /// - Throws: ``ArchiveError`` when the format cannot say what the entry says, or the content of the entry before is
    ///   not complete; what the sink throws.
    package func add(_ entry: TarEntry) throws {
        try endEntry()
        try append(TarHeader(entry).bytes)
        current = entry
        missing = entry.size
    }

    /// Adds to the content of the current entry.
    ///
    /// - Throws: ``ArchiveError`` when that is more than the entry has announced; what the sink throws.
    package func write(_ content: [UInt8]) throws {
        try content.withUnsafeBytes { try write($0) }
    }

    /// Adds to the content of the current entry.
    package func write(_ content: UnsafeRawBufferPointer) throws {
        guard content.count <= missing else {
            let size = current?.size ?? 0
            throw ArchiveError(
                .size, "it has more than the \(size) bytes that were announced", entry: current.map { "\($0.path)" })
        }
        missing -= Int64(content.count)
        try append(content)
    }

    /// Ends the archive.
    ///
    /// - Throws: ``ArchiveError`` when the content of the last entry is not complete; what the sink throws.
    package func finish() throws {
        try endEntry()
        current = nil
        try append([UInt8](repeating: 0, count: 2 * TarBlock.size))
        if !piece.isEmpty { try sink(piece) }
        piece = []
    }

    /// How many zero bytes bring a content of `size` bytes to a full block.
    static func padding(after size: Int64) -> Int { Int(-size & Int64(TarBlock.size - 1)) }

    private func endEntry() throws {
        guard let current else { return }
        guard missing == 0 else {
            let reason = "it has \(current.size - missing) of the \(current.size) bytes that were announced"
            throw ArchiveError(.size, reason, entry: "\(current.path)")
        }
        try append([UInt8](repeating: 0, count: Self.padding(after: current.size)))
    }

    private func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if piece.isEmpty { piece.reserveCapacity(Self.pieceSize) }
            let part = rest.prefix(Self.pieceSize - piece.count)
            piece.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
            rest = rest.dropFirst(part.count)
            guard piece.count == Self.pieceSize else { continue }
            let full = piece
            piece = []
            try sink(full)
        }
    }
}
