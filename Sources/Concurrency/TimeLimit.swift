/// Runs `body`, and cancels it at a time limit.
///
/// - Throws: `error` at the time limit; the error of `body`.
package func withTimeLimit<Result: Sendable>(
    _ limit: Duration, orThrow error: some Error, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw error
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
