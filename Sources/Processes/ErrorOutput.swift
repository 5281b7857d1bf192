internal import Concurrency

/// The end of what a program has written to its standard error.
package final class ErrorOutput: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isComplete = false
    }

    private static let limit = 4 << 10
    /// The time to wait for the rest, which a program in the background may hold back.
    private static let patience = Duration.seconds(2)

    private let state = Watched(State())

    init() {}

    func append(_ piece: UnsafeRawBufferPointer) {
        state.change { state in
            state.bytes += piece
            state.bytes.removeFirst(max(0, state.bytes.count - Self.limit))
        }
    }

    func complete() { state.change { $0.isComplete = true } }

    /// The text of a program that is ending, on one line; empty if there is none.
    package func text() async -> String {
        try? await withTimeLimit(Self.patience, orThrow: CancellationError()) {
            try await self.state.wait { $0.isComplete ? () : nil }
        }
        let text = String(decoding: state.look { $0.bytes }, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
