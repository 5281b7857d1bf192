internal import BuildEngine
internal import BuildPlan
internal import Executor
internal import OCI
internal import Terminal

/// How far a build is, without any idea of how it is shown.
struct BuildState: Sendable {
    struct Step: Sendable {
        /// What people call it by: from 1, in the order of the plan.
        let number: Int
        let label: StepLabel
        /// The platforms that need it.
        let targets: [Platform]
        /// Where it was asked for first.
        let use: StepUse?
        fileprivate(set) var isEmulated = false
        /// When its work began, if there was any.
        fileprivate(set) var began: ProgressTime?
        fileprivate(set) var outcome: StepOutcome?
        fileprivate var output = OutputLines()
        fileprivate var errors = OutputLines()
        /// The last lines that it has written and that have ended.
        fileprivate(set) var tail: [[UInt8]] = []

        /// What has come of the line that it is writing.
        var openLine: [UInt8] { errors.open.isEmpty ? output.open : errors.open }

        func seconds(at now: ProgressTime) -> Double { began.map { max(0, now.seconds - $0.seconds) } ?? 0 }
    }

    /// A line that a step has written, without its end.
    struct OutputLine: Sendable, Hashable {
        let step: Int
        let stream: StandardStream
        let bytes: [UInt8]
    }

    /// How many lines are kept of what a step writes.
    static let tailLength = 3

    /// What is built for.
    let platforms: [Platform]
    private(set) var plan: PlannedBuild?
    /// As they are in the plan.
    private(set) var steps: [Step] = []
    /// The places of the steps at work, in the order in which they began.
    private(set) var running: [Int] = []
    /// How many steps there are and have ended, the getting of images not counted: that is nothing to wait for.
    private(set) var count = 0
    private(set) var endedCount = 0
    /// The steps that turned out to be the same as others.
    private var sharing: [Int] = []
    let began: ProgressTime
    /// Whether somebody reads all that steps write, and not only the end of it.
    private let wantsOutput: Bool

    init(for platforms: [Platform], at now: ProgressTime, wantsOutput: Bool) {
        self.platforms = platforms
        began = now
        self.wantsOutput = wantsOutput
    }

    /// Takes note of an event.
    ///
    /// - Returns: The lines of output that it completes; only the last ones where nobody reads all.
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

    /// How many platforms a step serves, together with the steps that turned out to be the same.
    func platformCount(of step: Int) -> Int {
        let first = origin(of: step)
        let others = sharing.filter { origin(of: $0) == first }
        if others.isEmpty { return steps[first].targets.count }
        return Set(([first] + others).flatMap { steps[$0].targets }).count
    }

    /// The step that did the work for this one: often itself.
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
    /// Whether its work was given up together with the whole build.
    var isCancelled: Bool {
        if case .failed(let error) = outcome { error is CancellationError } else { false }
    }
}
