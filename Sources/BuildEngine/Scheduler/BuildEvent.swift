package import BuildPlan
package import Executor
package import OCI
package import Processes

/// An event during a build. Steps are identified by their index in the plan, or the order in which they were reported.
package enum BuildEvent: Sendable {
    case planned(PlannedBuild)
    /// A node has told of another step.
    case reported(ReportedStep)
    /// A step has started, instead of being cached.
    case began(Int, isEmulated: Bool)
    /// The program of a step has written output.
    case wrote(Int, StandardStream, [UInt8])
    case ended(Int, StepOutcome)
    /// An irregularity that is not an error.
    case warned(String)
}

/// A step of a node.
package struct ReportedStep: Sendable, Hashable {
    /// The node, platforms, stage and number, as in `[node-b linux/arm64 build 3/5]`.
    package let prefix: String
    /// The instruction, or what the node does otherwise.
    package let instruction: String
    /// The platforms that need the step.
    package let targets: [Platform]

    package init(prefix: String, instruction: String, targets: [Platform]) {
        self.prefix = prefix
        self.instruction = instruction
        self.targets = targets
    }
}

/// The outcome of a step.
package enum StepOutcome: Sendable {
    /// The result of an earlier build was used.
    case cached
    /// Another step of this build turned out to be the same, and ran for both.
    case shared(with: Int)
    /// The step ran.
    case done(Duration)
    case failed(any Error)
}

/// Observes a build. Called from any task, in order for each step.
package protocol BuildObserver: LayerObserver {
    func note(_ event: BuildEvent)
}

/// A step whose program ended with a status other than 0.
package struct StepFailure: Error, Sendable, CustomStringConvertible {
    package let step: Int
    package let ending: ProgramResult.Ending
    /// The limit that it met with, as in "its limit of 64 MiB of memory (--memory)"; `nil` for none.
    package var limit: String?
    /// The last lines of the program's output.
    package let lastLines: [String]
    /// The first use of the step.
    package let use: StepUse?

    package var description: String {
        let what = use.map { "\($0.range): \($0.text)" } ?? "a step of the build"
        return "cannot run \(what): \(reason)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    package var reason: String { "it \(verb)" }

    /// The way it ended, such as "ended with exit code 1".
    package var verb: String {
        let ending =
            switch ending {
            case .exited(let status): "ended with exit code \(status)"
            case .killed(let signal): "was killed by signal \(signal)"
            }
        return limit.map { "\(ending), at \($0)" } ?? ending
    }
}
