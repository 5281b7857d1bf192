internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import Concurrency
internal import DockerfileLanguage
internal import ImageTools
internal import OCI

/// Shows the steps of this machine among those of other nodes.
final class EngineSteps: BuildObserver {
    private struct State {
        var plan: PlannedBuild?
        var targets: [[Platform]] = []
        /// The numbers under which steps of the plan are shown.
        var numbers: [Int: Int] = [:]
    }

    private let steps: NodeSteps
    private let node: String
    private let state = Guarded(State())

    /// - Parameter node: The name of this machine as a node.
    init(_ steps: NodeSteps, on node: String) {
        self.steps = steps
        self.node = node
    }

    func note(_ event: BuildEvent) {
        switch event {
        case .planned(let plan):
            state.withLock { ($0.plan, $0.targets) = (plan, plan.targets) }
            for note in plan.notes { steps.note(.warned(note.description)) }
        case .reported: break
        case .began(let step, let isEmulated): steps.note(.began(number(of: step), isEmulated: isEmulated))
        case .wrote(let step, let stream, let bytes): steps.note(.wrote(number(of: step), stream, bytes))
        case .ended(let step, let outcome): steps.note(.ended(number(of: step), own(outcome)))
        case .warned: steps.note(event)
        }
    }

    func begin(_ work: LayerWork, size: () -> Int64) -> (any TransferTicket)? { nil }

    private func own(_ outcome: StepOutcome) -> StepOutcome {
        switch outcome {
        case .shared(let other): .shared(with: number(of: other))
        case .failed(let failure as StepFailure): .failed(NodeStepFailure(failure, on: node) ?? failure as any Error)
        case .cached, .done, .failed: outcome
        }
    }

    private func number(of step: Int) -> Int {
        state.withLock { state in
            if let number = state.numbers[step] { return number }
            guard let plan = state.plan else { return 0 }
            let label = StepLabel(of: step, in: plan, for: state.targets[step])
            let number = steps.add(
                ReportedStep(prefix: label.prefix, instruction: label.instruction, targets: state.targets[step]))
            state.numbers[step] = number
            return number
        }
    }
}
