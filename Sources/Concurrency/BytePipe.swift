/// A bounded queue of bytes between a thread that must not block and a task that may wait.
///
/// The same type serves both directions. For a download, the thread calls ``offer(_:)`` and the task ``next()``; for an
/// upload, the task calls ``send(_:)`` and the thread ``take(into:)``. After the thread found the pipe full or empty,
/// `wake` is called as soon as there is space or data again.
package final class BytePipe: ByteStream {
    private struct State {
        var pieces: [[UInt8]] = []
        /// The index of the first piece not used up, and the number of bytes already taken from it.
        var first = 0
        var offset = 0
        var count = 0
        var ending: Result<Void, any Error>?
        var threadWaits = false
        var task: CheckedContinuation<Void, Never>?
        var wake: (@Sendable () -> Void)?

        mutating func popPiece() -> [UInt8]? {
            guard first < pieces.count else { return nil }
            let piece = offset == 0 ? pieces[first] : Array(pieces[first][offset...])
            count -= piece.count
            dropFirstPiece()
            return piece
        }

        mutating func dropFirstPiece() {
            pieces[first] = []
            first += 1
            offset = 0
            if first == pieces.count {
                pieces.removeAll(keepingCapacity: true)
                first = 0
            }
        }
    }

    /// The result of ``BytePipe/take(into:)``.
    package enum Taken {
        case bytes(Int)
        case empty
        case end
        case failed
    }

    private let capacity: Int
    private let state = Guarded(State())

    /// - Parameter capacity: The number of bytes that the pipe holds; the last piece may exceed it.
    package init(capacity: Int = 1 << 20) {
        self.capacity = capacity
    }

    /// Sets the callback that wakes the thread. The task's side calls it, without holding a lock.
    package func onWake(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }

    // MARK: The thread's side

    /// Copies the bytes into the pipe unless it is full.
    package func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (accepted, task) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            if state.ending != nil { return (true, nil) }
            if state.count >= capacity {
                state.threadWaits = true
                return (false, nil)
            }
            if !bytes.isEmpty { state.pieces.append(Array(bytes)) }
            state.count += bytes.count
            defer { state.task = nil }
            return (true, state.task)
        }
        task?.resume()
        return accepted
    }

    /// Moves bytes from the pipe into the buffer.
    package func take(into buffer: UnsafeMutableRawBufferPointer) -> Taken {
        let (taken, task) = state.withLock { state -> (Taken, CheckedContinuation<Void, Never>?) in
            if case .failure = state.ending { return (.failed, nil) }
            if state.count == 0 {
                if state.ending != nil { return (.end, nil) }
                state.threadWaits = true
                return (.empty, nil)
            }
            let piece = state.pieces[state.first]
            let amount = min(buffer.count, piece.count - state.offset)
            piece.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[state.offset..<state.offset + amount])) }
            state.offset += amount
            state.count -= amount
            if state.offset == piece.count { state.dropFirstPiece() }
            defer { state.task = nil }
            return (.bytes(amount), state.task)
        }
        task?.resume()
        return taken
    }

    // MARK: The task's side

    /// Adds a piece, waiting while the pipe is full.
    ///
    /// - Throws: The error with which the other side ended the pipe; `CancellationError`.
    package func send(_ piece: [UInt8]) async throws {
        guard !piece.isEmpty else { return }
        while true {
            try Task.checkCancellation()
            let (sent, wake) = try state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
                if let ending = state.ending {
                    try ending.get()
                    throw PipeClosed()
                }
                guard state.count < capacity else { return (false, nil) }
                state.pieces.append(piece)
                state.count += piece.count
                defer { state.threadWaits = false }
                return (true, state.threadWaits ? state.wake : nil)
            }
            wake?()
            if sent { return }
            await wait { $0.count < self.capacity || $0.ending != nil }
        }
    }

    /// The next piece, or `nil` at the end.
    package func next() async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let (piece, ended, wake) = try state.withLock { state -> ([UInt8]?, Bool, (@Sendable () -> Void)?) in
                if let piece = state.popPiece() {
                    let wakes = state.threadWaits && state.count <= capacity / 2
                    if wakes { state.threadWaits = false }
                    return (piece, false, wakes ? state.wake : nil)
                }
                try state.ending?.get()
                return (nil, state.ending != nil, nil)
            }
            wake?()
            if let piece { return piece }
            if ended { return nil }
            await wait { $0.count > 0 || $0.ending != nil }
        }
    }

    /// Ends the pipe, from either side. Bytes in the pipe can still be taken, but an error reaches the thread at once.
    /// Only the first call counts.
    package func finish(_ ending: Result<Void, any Error> = .success(())) {
        let (task, wake) = state.withLock { state -> (CheckedContinuation<Void, Never>?, (@Sendable () -> Void)?) in
            if state.ending == nil { state.ending = ending }
            defer {
                state.task = nil
                state.threadWaits = false
            }
            return (state.task, state.threadWaits ? state.wake : nil)
        }
        task?.resume()
        wake?()
    }

    private func wait(until ready: @escaping @Sendable (State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    if Task.isCancelled || ready(state) { return true }
                    state.task = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            let task = state.withLock { state in
                defer { state.task = nil }
                return state.task
            }
            task?.resume()
        }
    }
}

/// The other side closed the pipe and wants no more bytes.
package struct PipeClosed: Error {
    package init() {}
}
