internal import Concurrency
internal import Glibc

/// A loop executed by as many threads as there are processors. The caller is one of them, and blocks.
enum ParallelLoop {
    private struct State {
        var next = 0
        var failure: (any Error)?
    }

    /// - Parameters:
    ///   - count: The number of iterations.
    ///   - portion: The number of iterations that a thread takes at a time.
    ///   - body: Runs some of the iterations.
    /// - Throws: The first error of the body; then no further portion is started.
    static func run(
        count: Int, portion: Int = 64, _ body: @escaping @Sendable (Range<Int>) throws -> Void
    ) throws {
        let state = Guarded(State())
        let work: @Sendable () -> Void = {
            while true {
                let range = state.withLock { state -> Range<Int> in
                    let start = state.failure == nil ? state.next : count
                    state.next = min(count, start + portion)
                    return start..<max(start, state.next)
                }
                if range.isEmpty { return }
                do { try body(range) } catch { state.withLock { if $0.failure == nil { $0.failure = error } } }
            }
        }
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let helpers = min(processors, (count + portion - 1) / portion) - 1
        let ended = BlockingQueue<Void>(capacity: max(1, helpers))
        var started = 0
        for _ in 0..<max(0, helpers) {
            // If no thread can be created, this one does the work.
            guard
                (try? OwnThread.start {
                    work(); ended.put(())
                }) != nil
            else { break }
            started += 1
        }
        work()
        for _ in 0..<started { _ = ended.take() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}
