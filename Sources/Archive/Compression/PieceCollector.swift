/// Brings what a decoder gives bit by bit into pieces worth handing on.
struct PieceCollector {
    private static let pieceSize = 256 << 10

    private var failure: (any Error)?

    /// The next piece, never empty, or `nil` at the end.
    ///
    /// - Parameter step: Writes some bytes, or none, and says how many; `nil` at the end.
    /// - Throws: What a step throws, after everything that came before it has been handed out.
    mutating func next(_ step: (UnsafeMutableRawBufferPointer) throws -> Int?) throws -> [UInt8]? {
        if let failure { throw failure }
        var problem: (any Error)?
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            do {
                while count < bytes.count, let amount = try step(.init(rebasing: bytes[count...])) { count += amount }
            } catch {
                problem = error
            }
        }
        failure = problem
        if piece.isEmpty, let problem { throw problem }
        return piece.isEmpty ? nil : piece
    }
}
