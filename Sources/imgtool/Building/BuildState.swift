internal import BuildEngine
internal import BuildPlan
internal import Executor
internal import OCI
internal import Terminal

/// The progress of a build, independent of its presentation.
struct BuildState: Sendable {
    struct Step: Sendable {
        /// The number for display: starting at 1, in the order of the plan.
        let number: Int
        let label: StepLabel
        /// The platforms that need the step.
        let targets: [Platform]
        /// The first use of the step.
        let use: StepUse?
        fileprivate(set) var isEmulated = false
        /// The start of its work, if there is any.
        fileprivate(set) var began: ProgressTime?
        fileprivate(set) var outcome: StepOutcome?
        fileprivate var output = OutputLines()
        fileprivate var errors = OutputLines()
        /// The last complete lines of output.
        fileprivate(set) var tail: [[UInt8]] = []

        /// The incomplete last line of output.
        var openLine: [UInt8] { errors.open.isEmpty ? output.open : errors.open }

        func seconds(at now: ProgressTime) -> Double { began.map { max(0, now.seconds - $0.seconds) } ?? 0 }
    }

    /// A line of a step's output, without the line ending.
    struct OutputLine: Sendable, Hashable {
        let step: Int
        let stream: StandardStream
        let bytes: [UInt8]
    }

    /// The number of output lines to keep.
    static let tailLength = 3

    /// The target platforms.
    let platforms: [Platform]
    private(set) var plan: PlannedBuild?
    /// In the order of the plan.
    private(set) var steps: [Step] = []
    /// The indexes of running steps, in the order of their start.
    private(set) var running: [Int] = []
    /// The numbers of steps, and of finished ones, not counting images to be fetched, which take no time.
    private(set) var count = 0
    private(set) var endedCount = 0
    /// The steps that turned out to be the same as others.
    private var sharing: [Int] = []
    let began: ProgressTime
    /// True to collect all output of steps, not only the last lines.
    private let wantsOutput: Bool

    init(for platforms: [Platform], at now: ProgressTime, wantsOutput: Bool) {
        self.platforms = platforms
        began = now
        self.wantsOutput = wantsOutput
    }

    /// Updates the state for an event.
    ///
    /// - Returns: The lines of output that the event completes; only the last ones unless all output is wanted.
    mutating func apply(_ event: BuildEvent, at now: ProgressTime) -> [OutputLine] {
        switch event {
        case .planned(let plan):
            self.plan = plan
            steps = zip(plan.steps.indices, plan.targets).map { index, targets in
                Step(
                    number: index + 1, label: StepLabel(of: index, in: plan, for: targets), targets: targets,
                    use: plan.uses[index].first)
            }
            count = plan.steps.filter { !$0.work.isImage }.count
            return []
        case .reported(let step):
            let label = StepLabel(prefix: step.prefix.printable, instruction: StepLabel.line(step.instruction))
            steps.append(Step(number: steps.count + 1, label: label, targets: step.targets, use: nil))
            count += 1
            return []
        case .began(let step, let isEmulated):
            steps[step].began = now
            steps[step].isEmulated = isEmulated
            running.append(step)
            return []
        case .wrote(let step, let stream, let bytes):
            let count = wantsOutput ? Int.max : Self.tailLength
            let lines =
                stream == .output
                ? steps[step].output.take(bytes, last: count) : steps[step].errors.take(bytes, last: count)
            return keep(lines.map { OutputLine(step: step, stream: stream, bytes: $0) }, of: step)
        case .ended(let step, let outcome):
            running.removeAll { $0 == step }
            let isImage = plan?.steps[step].work.isImage ?? false
            endedCount += steps[step].outcome == nil && !isImage ? 1 : 0
            steps[step].outcome = outcome
            if case .shared = outcome { sharing.append(step) }
            let rest =
                steps[step].output.finish().map { OutputLine(step: step, stream: .output, bytes: $0) }
                + steps[step].errors.finish().map { OutputLine(step: step, stream: .error, bytes: $0) }
            return keep(rest, of: step)
        case .warned: return []
        }
    }

    /// The number of platforms that use the step, or other steps that turned out to be the same.
    func platformCount(of step: Int) -> Int {
        let first = origin(of: step)
        let others = sharing.filter { origin(of: $0) == first }
        if others.isEmpty { return steps[first].targets.count }
        return Set(([first] + others).flatMap { steps[$0].targets }).count
    }

    /// The step that did the work for this one; often itself.
    func origin(of step: Int) -> Int {
        var step = step
        while case .shared(let other) = steps[step].outcome, other != step { step = other }
        return step
    }

    private mutating func keep(_ lines: [OutputLine], of step: Int) -> [OutputLine] {
        steps[step].tail = (steps[step].tail + lines.suffix(Self.tailLength).map(\.bytes)).suffix(Self.tailLength)
        return lines
    }
}

extension BuildStep.Work {
    fileprivate var isImage: Bool { if case .image = self { true } else { false } }
}

extension BuildState.Step {
    /// True if the step was cancelled along with the whole build.
    var isCancelled: Bool {
        if case .failed(let error) = outcome { error is CancellationError } else { false }
    }
}
