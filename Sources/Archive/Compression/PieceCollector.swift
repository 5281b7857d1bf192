/// Collects the small outputs of a decoder into larger pieces.
struct PieceCollector {
    private static let pieceSize = 256 << 10

    private var failure: (any Error)?

    /// The next piece, never empty, or `nil` at the end.
    ///
    /// - Parameter step: Writes some bytes, or none, and returns their number; `nil` at the end.
    /// - Throws: The error of a step, after all preceding bytes have been handed out.
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
