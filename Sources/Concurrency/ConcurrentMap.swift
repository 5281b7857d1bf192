extension Sequence where Self: Sendable, Element: Sendable {
    /// Transforms elements concurrently and returns the results in the order of the elements.
    ///
    /// - Parameter limit: The maximum number of concurrent transformations.
    /// - Throws: The first error of a transformation; the others are cancelled.
    package func concurrentMap<Result: Sendable>(
        limit: Int = 16, _ transform: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        let limiter = AsyncLimiter(limit: limit)
        return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var count = 0
            for element in self {
                let position = count
                count += 1
                group.addTask { (position, try await limiter.run { try await transform(element) }) }
            }
            var results = [Result?](repeating: nil, count: count)
            for try await (position, result) in group { results[position] = result }
            return results.compactMap { $0 }
        }
    }
}
