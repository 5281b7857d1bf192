internal import Concurrency
internal import OCI

/// A blob handed out in pieces. To repeat a piece, the blob is read again.
final class ChunkSource: Sendable {
    private struct State {
        var stream: VerifiedStream?
        /// Bytes already read that belong to the next piece.
        var rest: [UInt8] = []
        var position: Int64 = 0
    }

    private let blob: BlobContent
    private let state = Guarded(State())

    init(_ blob: BlobContent) {
        self.blob = blob
    }

    /// The bytes between two offsets. Preceding bytes are read as well, so that the whole blob is verified.
    func piece(from start: Int64, upTo end: Int64) async throws -> any ByteStream {
        if state.withLock({ $0.stream == nil || $0.position > start }) {
            let stream = try await blob.open()
            state.withLock { $0 = State(stream: stream) }
        }
        while state.withLock({ $0.position < start }), try await next(upTo: start) != nil {}
        return Piece(source: self, end: end)
    }

    /// Reads to the end.
    ///
    /// - Throws: ``ImageError`` if the content does not match its digest.
    func finish() async throws {
        let position = state.withLock { $0.position }
        let rest = try await piece(from: position, upTo: .max)
        while try await rest.next() != nil {}
    }

    private func next(upTo end: Int64) async throws -> [UInt8]? {
        let known = state.withLock { state in
            defer { state.rest = [] }
            return state
        }
        guard known.position < end else {
            state.withLock { $0.rest = known.rest }
            return nil
        }
        let bytes = known.rest.isEmpty ? try await known.stream?.next() ?? [] : known.rest
        let amount = Int(min(Int64(bytes.count), end - known.position))
        state.withLock { state in
            state.rest = Array(bytes[amount...])
            state.position += Int64(amount)
        }
        return amount == 0 ? nil : Array(bytes[..<amount])
    }

    private final class Piece: ByteStream {
        private let source: ChunkSource
        private let end: Int64

        init(source: ChunkSource, end: Int64) {
            self.source = source
            self.end = end
        }

        func next() async throws -> [UInt8]? { try await source.next(upTo: end) }
    }
}
