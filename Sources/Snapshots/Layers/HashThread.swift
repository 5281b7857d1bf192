internal import Concurrency
internal import OCI

/// Computes a digest on a thread of its own, while the caller continues to use the bytes.
final class HashThread {
    private let algorithm: Digest.Algorithm
    private let pieces = BlockingQueue<[UInt8]>(capacity: 16)
    private let result = BlockingQueue<Digest>(capacity: 1)
    /// Set if no thread could be created.
    private var own: DigestHasher?

    init(_ algorithm: Digest.Algorithm) {
        self.algorithm = algorithm
        do {
            try OwnThread.start { [pieces, result] in
                var hasher = DigestHasher(algorithm)
                while let piece = pieces.take() { hasher.update(piece) }
                result.put(hasher.finalize())
            }
        } catch {
            own = DigestHasher(algorithm)
        }
    }

    func update(_ piece: [UInt8]) {
        if own == nil { pieces.put(piece) } else { own?.update(piece) }
    }

    /// The digest of all pieces. Must be called once.
    func finish() -> Digest {
        pieces.close()
        // The thread always leaves a result.
        return own?.finalize() ?? result.take() ?? DigestHasher(algorithm).finalize()
    }

    /// Ends the thread; can be called after ``finish()`` as well.
    func stop() { pieces.close() }
}
