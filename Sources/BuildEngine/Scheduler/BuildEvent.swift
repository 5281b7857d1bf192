package import BuildPlan
package import Executor
internal import OCI
package import Processes

/// What happens in a build, while it happens. Steps are named by their place in the plan.
package enum BuildEvent: Sendable {
    case planned(PlannedBuild)
    /// A step has begun to do its work, instead of finding it done.
    case began(Int, isEmulated: Bool)
    /// The program of a step has written something.
    case wrote(Int, StandardStream, [UInt8])
    case ended(Int, StepOutcome)
    /// Something that is odd, but no error.
    case warned(String)
}

/// How a step ended.
package enum StepOutcome: Sendable {
    /// An earlier build has done it.
    case cached
    /// Another step of this build turned out to be the same, and did it for both.
    case shared(with: Int)
    /// It was done.
    case done(Duration)
    case failed(any Error)
}

/// Is told what happens in a build. Called from any task, one event after the other for one step.
package protocol BuildObserver: LayerObserver {
    func note(_ event: BuildEvent)
}

/// A step whose program ended with another status than 0.
package struct StepFailure: Error, Sendable, CustomStringConvertible {
    package let step: Int
    package let ending: ProgramResult.Ending
    /// The last lines that the program has written.
    package let lastLines: [String]
    /// The first place that asks for the step.
    package let use: StepUse?

    package var description: String {
        let what = use.map { "\($0.range): \($0.text)" } ?? "a step of the build"
        return "cannot run \(what): \(reason)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    package var reason: String { "it \(verb)" }

    /// What it did, as in "ended with exit code 1".
    package var verb: String {
        switch ending {
        case .exited(let status): "ended with exit code \(status)"
        case .killed(let signal): "was killed by signal \(signal)"
        }
    }
}
