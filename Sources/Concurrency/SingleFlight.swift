/// Makes equal requests that are under way at the same time one request.
///
/// A result is remembered as long as the value lives; a failure is forgotten, so that the next caller tries again.
package actor SingleFlight<Key: Hashable & Sendable, Value: Sendable> {
    private var tasks: [Key: Task<Value, any Error>] = [:]

    package init() {}

    /// The value for a key: made by `operation` once, awaited by everybody who asks for it meanwhile.
    package func value(
        for key: Key, _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        if let task = tasks[key] { return try await task.value }
        let task = Task { try await operation() }
        tasks[key] = task
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            tasks[key] = nil
            throw error
        }
    }

    /// Forgets a key, so that it is made anew.
    package func forget(_ key: Key) {
        tasks[key] = nil
    }
}
