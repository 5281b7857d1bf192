package import OCI

/// The state of a node, as it was when it was asked.
package struct NodeStatus: Sendable {
    package enum Condition: Sendable, Hashable {
        case running
        /// It has not been created yet.
        case inactive
        case stopped
        case starting
        /// It cannot be used, for a reason in a few words.
        case failed(String)
    }

    package var condition: Condition
    /// The error in full, if ``condition`` is a failure.
    package var problem: ImageError?
    package var version: String?
    /// The identities of BuildKit's workers.
    package var workers: [String] = []
    /// The platforms that it can build, its own first.
    package var platforms: [Platform] = []
    /// The platforms among them that it emulates; `nil` if it does not tell.
    package var emulated: [Platform]?
    /// The labels of BuildKit's workers, by name.
    package var labels: [String: String] = [:]

    package init(_ condition: Condition) {
        self.condition = condition
    }

    /// - Parameter words: The reason in a few words.
    package init(failure words: String, _ problem: ImageError) {
        condition = .failed(words)
        self.problem = problem
    }

    /// The state in the words of buildx, or the reason for a failure.
    package var text: String {
        switch condition {
        case .running: "running"
        case .inactive: "inactive"
        case .stopped: "stopped"
        case .starting: "starting"
        case .failed(let words): words
        }
    }

    /// The node as a candidate for platforms.
    package func candidate(for node: BuilderNode, load: Int = 0) -> PlatformAssignment.Candidate {
        guard let emulated else {
            return .init(name: node.name, declared: node.platforms, reported: platforms, load: load)
        }
        let native = platforms.filter { platform in !emulated.contains(where: platform.isSame) }
        return .init(name: node.name, declared: node.platforms, native: native, emulated: emulated, load: load)
    }
}
