/// Combines equal requests that are made at the same time into one.
///
/// Results are kept for the lifetime of the value. Failures are not, so the next caller tries again.
package actor SingleFlight<Key: Hashable & Sendable, Value: Sendable> {
    /// A request in progress and the number of callers waiting for it.
    private final class Flight: Sendable {
        let task: Task<Value, any Error>
        private let waiting = Guarded(1)

        init(_ operation: @escaping @Sendable () async throws -> Value) {
            task = Task { try await operation() }
        }

        /// Adds a waiting caller, unless all others have left and the request is being cancelled.
        func join() -> Bool {
            waiting.withLock { waiting in
                if waiting > 0 { waiting += 1 }
                return waiting > 0
            }
        }

        func leave() {
            let isLast = waiting.withLock { waiting in
                waiting -= 1
                return waiting == 0
            }
            if isLast { task.cancel() }
        }
    }

    private var flights: [Key: Flight] = [:]

    package init() {}

    /// The value for a key, made by `operation` once for all callers that ask for it meanwhile.
    ///
    /// - Throws: The error of the operation, which is cancelled when all waiting callers have been.
    package func value(
        for key: Key, _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let flight = flight(for: key, operation)
        do {
            return try await withTaskCancellationHandler {
                try await flight.task.value
            } onCancel: {
                flight.leave()
            }
        } catch {
            // Another caller may have started a new request by now.
            if flights[key] === flight { flights[key] = nil }
            throw error
        }
    }

    /// Forgets the value for a key, so that the next caller makes it anew.
    package func forget(_ key: Key) {
        flights[key] = nil
    }

    private func flight(for key: Key, _ operation: @escaping @Sendable () async throws -> Value) -> Flight {
        if let flight = flights[key], flight.join() { return flight }
        let flight = Flight(operation)
        flights[key] = flight
        return flight
    }
}
