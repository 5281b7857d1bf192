internal import Concurrency
internal import Glibc

/// Work on many things, done by as many threads as there are processors. The caller waits and is one of them.
enum ParallelLoop {
    private struct State {
        var next = 0
        var failure: (any Error)?
    }

    /// - Parameters:
    ///   - count: How many things there are.
    ///   - portion: How many a thread takes at a time.
    ///   - body: Works on some of them.
    /// - Throws: The first error that the body throws; no further portion is begun then.
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
            // Where no thread can be had, this one does the work.
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
