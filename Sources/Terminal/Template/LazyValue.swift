internal import Concurrency

/// A value that is made once, on first use.
package final class LazyValue: Sendable {
    private let make: @Sendable () async throws -> TemplateValue
    private let flight = SingleFlight<Bool, TemplateValue>()

    /// - Parameter make: Makes the value. Its errors are thrown by ``Template/render(_:)``.
    package init(_ make: @escaping @Sendable () async throws -> TemplateValue) {
        self.make = make
    }

    func value() async throws -> TemplateValue {
        try await flight.value(for: true, make)
    }
}
