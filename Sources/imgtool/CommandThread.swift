internal import Concurrency
internal import Glibc

/// Runs the tasks of a command on one thread. It starts sooner than the default thread pool, and most commands wait far
/// more than they compute. Concurrent work, such as copying blobs, still uses the pool.
final class CommandThread: TaskExecutor, Sendable {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var first = 0
    }

    private let queue = Guarded(Queue())
    /// Counts waiting jobs. It never moves and is never destroyed, like the thread.
    nonisolated(unsafe) private let waiting = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        sem_init(waiting, 0, 0)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<CommandThread>.fromOpaque(context).takeUnretainedValue().run() }
                return nil
            }, context)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.withLock { $0.jobs.append(job) }
        sem_post(waiting)
    }

    private func run() -> Never {
        while true {
            while sem_wait(waiting) != 0 {}
            let job = queue.withLock { queue in
                defer {
                    queue.first += 1
                    if queue.first == queue.jobs.count { queue = Queue() }
                }
                return queue.jobs[queue.first]
            }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
