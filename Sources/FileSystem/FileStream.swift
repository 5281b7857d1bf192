internal import Concurrency

/// The content of a file as a stream.
package final class FileStream: ByteStream {
    /// The maximum size of a piece, in bytes.
    package static let pieceSize = 256 << 10

    private let file: OpenFile
    private let position: Guarded<Int64>

    /// - Parameter offset: The number of bytes to skip at the beginning.
    package init(_ file: OpenFile, from offset: Int64 = 0) {
        self.file = file
        position = Guarded(offset)
    }

    /// - Throws: ``FileError``; `CancellationError`.
    package func next() async throws -> [UInt8]? {
        try Task.checkCancellation()
        let piece = try file.read(Self.pieceSize, at: position.withLock { $0 })
        position.withLock { $0 += Int64(piece.count) }
        return piece.isEmpty ? nil : piece
    }
}
