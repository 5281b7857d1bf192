/// A difference between what this builder and buildah make of a Dockerfile, and who is right.
struct Explanation: Sendable {
    /// As ``ImageFacts/differences(from:)`` says it.
    let difference: String
    let reason: String

    init(_ difference: String, because reason: String) {
        self.difference = difference
        self.reason = reason
    }

    /// By the name of the Dockerfile's folder.
    static let all: [String: [Explanation]] = [:]
}
