package import Concurrency

extension OpenFile {
    private static let pieceSize = 256 << 10

    /// The content from the beginning, one piece at a time.
    package func pieces() -> ByteSource {
        var offset: Int64 = 0
        return {
            let piece = try self.read(Self.pieceSize, at: offset)
            offset += Int64(piece.count)
            return piece.isEmpty ? nil : piece
        }
    }
}
