internal import Concurrency

/// A number of files that several tasks add to.
final class FileCount: Sendable {
    private let value = Guarded(0)

    var count: Int { value.withLock { $0 } }

    func add(_ count: Int) { value.withLock { $0 += count } }
}
