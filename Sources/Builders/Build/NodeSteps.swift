package import BuildEngine
internal import BuildKit
internal import Concurrency
internal import Executor
internal import OCI

/// Numbers the steps of all nodes, and shows them.
package final class NodeSteps: Sendable {
    private let observer: any BuildObserver
    private let count = Guarded(0)

    package init(_ observer: any BuildObserver) {
        self.observer = observer
    }

    /// - Returns: The number by which later events refer to the step.
    package func add(_ step: ReportedStep) -> Int {
        count.withLock { count in
            observer.note(.reported(step))
            defer { count += 1 }
            return count
        }
    }

    package func note(_ event: BuildEvent) { observer.note(event) }
}

/// Follows what one node tells of its build.
actor NodeWatcher {
    private struct Step {
        let number: Int
        var started: ProtobufTimestamp?
        var isRunning = false
        var isOver = false
        /// A completion that may be an intermediate one.
        var held: StepOutcome?
    }

    /// Anything shorter is how BuildKit looks into its cache, and the step itself comes later.
    private static let shortest = Duration.milliseconds(1)

    private let node: String
    private let platforms: [Platform]
    private let steps: NodeSteps?
    private var known: [String: Step] = [:]
    private var warnings: Set<String> = []

    /// - Parameter steps: `nil` to show nothing.
    init(_ node: String, _ platforms: [Platform], _ steps: NodeSteps?) {
        self.node = node
        self.platforms = platforms
        self.steps = steps
    }

    func apply(_ update: StatusUpdate) {
        guard steps != nil else { return }
        for vertex in update.vertexes { apply(vertex) }
        for log in update.logs {
            guard let step = known[log.vertex] else { continue }
            begin(log.vertex)
            steps?.note(.wrote(step.number, log.stream == 2 ? .error : .output, log.bytes))
        }
        for warning in update.warnings {
            let text = warning.short
            if warnings.insert(text).inserted { steps?.note(.warned(text)) }
        }
    }

    /// Ends what the node has left open.
    func finish(_ error: (any Error)?) {
        for (digest, step) in known.sorted(by: { $0.value.number < $1.value.number }) where !step.isOver {
            if let failure = error as? NodeStepFailure, failure.vertex == digest {
                end(digest, .failed(failure))
            } else if let outcome = step.held {
                end(digest, outcome)
            } else if step.isRunning {
                end(digest, .failed(error ?? CancellationError()))
            }
        }
    }

    private func apply(_ vertex: Vertex) {
        // The node's own work, such as reading the Dockerfile, is no step of the build.
        guard vertex.name.hasPrefix("["), !Self.isInternal(vertex.name) else { return }
        if known[vertex.digest] == nil {
            guard vertex.started != nil else { return }
            let step = reported(vertex.name)
            known[vertex.digest] = Step(number: steps?.add(step) ?? 0)
        }
        guard let started = vertex.started else { return }
        let isNew = known[vertex.digest]?.started != started
        known[vertex.digest]?.started = started
        if isNew { known[vertex.digest]?.held = nil }
        guard let completed = vertex.completed else { return begin(vertex.digest) }
        if !vertex.error.isEmpty {
            let isCancelled = vertex.error.contains("context canceled")
            // The answer to the build says more about a failure, such as the line of the Dockerfile.
            known[vertex.digest]?.held = .failed(isCancelled ? CancellationError() : StepError(text: vertex.error))
        } else if vertex.isCached {
            end(vertex.digest, .cached)
        } else {
            let duration = completed.duration(since: started)
            if duration < Self.shortest, known[vertex.digest]?.isRunning == false {
                known[vertex.digest]?.held = .done(duration)
            } else {
                begin(vertex.digest)
                end(vertex.digest, .done(duration))
            }
        }
    }

    private func begin(_ digest: String) {
        guard let step = known[digest], !step.isRunning, !step.isOver else { return }
        known[digest]?.isRunning = true
        steps?.note(.began(step.number, isEmulated: false))
    }

    private func end(_ digest: String, _ outcome: StepOutcome) {
        guard let step = known[digest], !step.isOver else { return }
        known[digest]?.isOver = true
        steps?.note(.ended(step.number, outcome))
    }

    private static func isInternal(_ name: String) -> Bool {
        name.hasPrefix("[internal]") || name.hasPrefix("[auth]") || name.contains("] load metadata for ")
    }

    /// A step as it is shown: its platform, the node, and the stage as BuildKit names it.
    private func reported(_ name: String) -> ReportedStep {
        var targets = platforms
        var platform: String?
        var stage = ""
        var instruction = name
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            stage = String(name[name.index(after: name.startIndex)..<end])
            instruction = String(name[name.index(after: end)...].drop { $0 == " " })
            let words = stage.split(separator: " ")
            if let first = words.first, let (runs, made) = Self.platforms(String(first)),
                let target = platforms.first(where: made.isSame)
            {
                targets = [target]
                if !runs.isSame(as: made) { platform = "\(runs) → \(target)" }
                stage = words.dropFirst().joined(separator: " ")
            } else if words.first == "context" {
                // The images of the build are given as contexts, so that all nodes have the same.
                (stage, instruction) = ("", "FROM \(words.dropFirst().joined(separator: " "))")
            }
        }
        let names = platform ?? targets.map(\.description).joined(separator: ", ")
        return ReportedStep(
            prefix: "[\(([names, node, stage].filter { !$0.isEmpty }).joined(separator: " "))]",
            instruction: instruction, targets: targets)
    }
}

extension NodeWatcher {
    /// The platform on which a step runs, and the one that it is for, as in `linux/amd64` or `linux/amd64->arm64`.
    private static func platforms(_ text: String) -> (Platform, Platform)? {
        let parts = text.split(separator: "->", maxSplits: 1).map(String.init)
        guard text.contains("/"), let first = parts.first, let runs = try? Platform(parsing: first) else { return nil }
        guard parts.count == 2 else { return (runs, runs) }
        let other = parts[1].contains("/") && !parts[1].hasPrefix("arm/") ? parts[1] : "\(runs.os)/\(parts[1])"
        guard let made = try? Platform(parsing: other) else { return nil }
        return (runs, made)
    }
}

/// The failure of a step, in the words of its node.
private struct StepError: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

extension ProtobufTimestamp {
    fileprivate func duration(since start: ProtobufTimestamp) -> Duration {
        .seconds(seconds.subtractingReportingOverflow(start.seconds).partialValue)
            + .nanoseconds(Int64(nanoseconds) - Int64(start.nanoseconds))
    }
}
