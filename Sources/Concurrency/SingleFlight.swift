/// Makes equal requests that are under way at the same time one request.
///
/// A result is remembered as long as the value lives; a failure is forgotten, so that the next caller tries again.
package actor SingleFlight<Key: Hashable & Sendable, Value: Sendable> {
    /// One request and how many wait for it.
    private final class Flight: Sendable {
        let task: Task<Value, any Error>
        private let waiting = Guarded(1)

        init(_ operation: @escaping @Sendable () async throws -> Value) {
            task = Task { try await operation() }
        }

        /// Waits too, unless everybody has gone and the request is being cancelled.
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

    /// The value for a key: made by `operation` once, awaited by everybody who asks for it meanwhile.
    ///
    /// - Throws: What the operation throws. It is cancelled when everybody who waits for it has been.
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
            // Another caller may have begun anew by now.
            if flights[key] === flight { flights[key] = nil }
            throw error
        }
    }

    /// Forgets a key, so that it is made anew.
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
