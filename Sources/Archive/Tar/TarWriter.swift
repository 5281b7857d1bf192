/// Writes a tar archive: ustar, with pax records for the entries that need them (POSIX.1-2017, pax).
///
/// Equal entries and contents produce equal bytes on all machines and with all library versions: there is no padding
/// beyond the two final blocks, no time but ``TarEntry/modified``, and nothing that depends on the locale. Extended
/// attributes become `SCHILY.xattr` records, as is usual for containers.
package final class TarWriter {
    /// A consumer of the archive's bytes, in order.
    package typealias Sink = ([UInt8]) throws -> Void

    /// The size of the pieces for the sink, in bytes; the last one may be smaller.
    package static let pieceSize = 256 << 10

    private let sink: Sink
    private var piece: [UInt8] = []
    private var current: TarEntry?
    /// The number of bytes that the current entry still needs.
    private var missing: Int64 = 0

    package init(to sink: @escaping Sink) {
        self.sink = sink
    }

    /// Begins an entry. For a file, ``write(_:)-([UInt8])`` has to add the content.
    ///
    /// - Throws: ``ArchiveError`` if the format cannot express the entry or the content of the previous entry is
    ///   incomplete; the error of the sink.
    package func add(_ entry: TarEntry) throws {
        try endEntry()
        try append(TarHeader(entry).bytes)
        current = entry
        missing = entry.size
    }

    /// Adds to the content of the current entry.
    ///
    /// - Throws: ``ArchiveError`` if the content exceeds the announced size; the error of the sink.
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
    /// - Throws: ``ArchiveError`` if the content of the last entry is incomplete; the error of the sink.
    package func finish() throws {
        try endEntry()
        current = nil
        try append([UInt8](repeating: 0, count: 2 * TarBlock.size))
        if !piece.isEmpty { try sink(piece) }
        piece = []
    }

    /// The number of zero bytes that pad a content of `size` bytes to a full block.
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
