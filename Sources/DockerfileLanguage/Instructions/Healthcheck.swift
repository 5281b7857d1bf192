/// HEALTHCHECK.
package struct Healthcheck: Hashable, Sendable {
    /// The command; `nil` for NONE, which disables the check of the base image.
    package let command: Command?
    /// The options; zero for the runtime's default.
    package var interval = Duration.zero
    package var timeout = Duration.zero
    package var startPeriod = Duration.zero
    package var startInterval = Duration.zero
    package var retries = 0

    /// The `Test` of an image's configuration.
    package var test: [String] {
        switch command {
        case nil: ["NONE"]
        case .shell(let text): ["CMD-SHELL", text]
        case .exec(let arguments): ["CMD"] + arguments
        }
    }
}
