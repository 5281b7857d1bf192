internal import Archive
internal import Concurrency
internal import FileSystem

/// Contents of files, one after the other in a file without a name.
final class ContentStore: Sendable {
    private let file: OpenFile
    private let end = Guarded<Int64>(0)

    /// - Parameter folder: A folder on the file system for the content.
    init(in folder: String) throws(FileError) {
        file = try OpenFile(scratchIn: folder)
    }

    /// Keeps the file that a reader is at.
    ///
    /// - Returns: The offset of its content.
    func keep(_ reader: TarReader, size: Int64) throws -> Int64 {
        let start = end.withLock { end in
            defer { end += size }
            return end
        }
        while let extent = try reader.extent() { try file.write(extent.bytes, at: start + extent.offset) }
        return start
    }

    func read(_ count: Int, at offset: Int64) throws(FileError) -> [UInt8] { try file.read(count, at: offset) }
}

/// The content of one file, piece by piece; holes are zeros.
final class ContentPieces: Sendable {
    private static let pieceSize: Int64 = 256 << 10

    /// Bytes.
    let size: Int64
    private let store: ContentStore
    private let start: Int64
    private let offset = Guarded<Int64>(0)

    init(_ store: ContentStore, from start: Int64, size: Int64) {
        self.store = store
        self.start = start
        self.size = size
    }

    func next() throws(FileError) -> [UInt8]? {
        let offset = offset.withLock { $0 }
        guard offset < size else { return nil }
        let count = Int(min(size - offset, Self.pieceSize))
        self.offset.withLock { $0 += Int64(count) }
        var piece = try store.read(count, at: start + offset)
        // Behind the end of the store there is nothing but holes.
        piece += [UInt8](repeating: 0, count: count - piece.count)
        return piece
    }
}
