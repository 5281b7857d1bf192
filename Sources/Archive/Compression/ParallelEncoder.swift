internal import Concurrency

/// Compresses blocks in parallel and passes them to the sink in order.
final class ParallelEncoder {
    /// A block being compressed by a worker.
    private struct Job: Sendable {
        let block: [UInt8]
        let result = BlockingQueue<Result<[UInt8], ArchiveError>>(capacity: 1)
    }

    private let codec: BlockCodec.Maker
    private let workers: Int
    private let sink: Compressor.Sink
    private let jobs: BlockingQueue<Job>
    private var pending: [Job] = []
    private var running = 0

    init(workers: Int, codec: @escaping BlockCodec.Maker, to sink: @escaping Compressor.Sink) {
        self.codec = codec
        self.workers = workers
        self.sink = sink
        jobs = BlockingQueue(capacity: workers * 2)
    }

    deinit { jobs.close() }

    /// Compresses a block, waiting while the workers are busy.
    ///
    /// - Parameter isLast: True if nothing follows, so that the block need not go to another thread.
    func encode(_ block: [UInt8], isLast: Bool) throws {
        if isLast, pending.isEmpty {
            try sink(codec().compress(block))
            return
        }
        if running < workers { try startWorker() }
        while pending.count >= workers * 2 { try deliverFirst() }
        let job = Job(block: block)
        pending.append(job)
        jobs.put(job)
    }

    /// Passes the remaining blocks to the sink.
    func finish() throws {
        while !pending.isEmpty { try deliverFirst() }
        jobs.close()
    }

    private func deliverFirst() throws {
        guard let result = pending.removeFirst().result.take() else { return }
        try sink(result.get())
    }

    private func startWorker() throws {
        do {
            try OwnThread.start { [jobs, codec] in
                let codec = Result { () throws(ArchiveError) in try codec() }
                while let job = jobs.take() {
                    job.result.put(
                        codec.flatMap { codec in Result { () throws(ArchiveError) in try codec.compress(job.block) } })
                }
            }
            running += 1
        } catch {
            // Fewer threads produce the same bytes.
            if running == 0 { throw ArchiveError(.local, "\(error)") }
        }
    }
}
