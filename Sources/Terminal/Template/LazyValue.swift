internal import Concurrency

/// A value that is made when it is first asked for, and only once.
package final class LazyValue: Sendable {
    private let make: @Sendable () async throws -> TemplateValue
    private let flight = SingleFlight<Bool, TemplateValue>()

    /// - Parameter make: Makes the value. What it throws comes out of ``Template/render(_:)`` as it is.
    package init(_ make: @escaping @Sendable () async throws -> TemplateValue) {
        self.make = make
    }

    func value() async throws -> TemplateValue {
        try await flight.value(for: true, make)
    }
}
