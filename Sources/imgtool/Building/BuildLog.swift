internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
internal import OCI
internal import Terminal

/// Formats the events of a build for one progress mode.
protocol BuildLog: Sendable {
    /// True if it shows all output of steps.
    var wantsOutput: Bool { get }

    /// The lines for an event.
    ///
    /// - Parameters:
    ///   - output: The lines of output that the event completes.
    ///   - state: The state of the build after the event.
    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine]

    /// The lines for the start of a build, before the steps are known.
    func begin(for platforms: [Platform]) -> [ProgressLine]

    /// The name and detail of a transfer for work on layers.
    func name(of work: LayerWork, _ state: BuildState) -> (name: String, detail: String)

    /// The final lines, about failures and results.
    mutating func close(
        _ summary: BuildSummary, _ failures: [FailureReport], at now: ProgressTime
    ) -> [ProgressLine]
}

extension BuildLog {
    func begin(for platforms: [Platform]) -> [ProgressLine] { [] }

    func name(of work: LayerWork, _ state: BuildState) -> (name: String, detail: String) {
        (work.object(in: state), work.verb)
    }
}

extension LayerWork {
    var verb: String {
        switch self {
        case .packing: "packing"
        case .writing, .exporting: "writing files"
        }
    }

    /// The verb phrase for the work.
    var phrase: String {
        switch self {
        case .packing: "packing"
        case .writing: "writing files of"
        case .exporting: "writing files to"
        }
    }

    /// The object of the work.
    func object(in state: BuildState) -> String {
        switch self {
        case .packing(let step), .writing(let step): state.steps[step].label.prefix
        case .exporting("-", _): "standard output"
        case .exporting(let destination, _): destination
        }
    }

    /// True if the work reports its progress in bytes.
    var isCounted: Bool {
        switch self {
        case .packing: true
        case .writing: false
        case .exporting(_, let isArchive): isArchive
        }
    }
}

/// Failures, and warnings without their lines of the Dockerfile.
struct QuietBuildLog: BuildLog {
    let wantsOutput = false

    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine] {
        switch event {
        case .planned(let plan): plan.notes.map { .warning($0.description.printable) }
        case .warned: event.warningLines
        case .reported, .began, .wrote, .ended: []
        }
    }

    mutating func close(
        _ summary: BuildSummary, _ failures: [FailureReport], at now: ProgressTime
    ) -> [ProgressLine] {
        failures.flatMap(\.lines)
    }
}

extension BuildState {
    /// Remarks about a finished step.
    func marks(of step: Int) -> [String] {
        let count = platformCount(of: step)
        var marks: [String] = []
        if count > 1 { marks.append("SHARED by \(count) platforms") }
        if steps[step].isEmulated { marks.append("EMULATED") }
        return marks
    }
}

extension BuildEvent {
    /// The warnings of the plan and the engine, with their locations in the Dockerfile.
    var warningLines: [ProgressLine] {
        switch self {
        case .planned(let plan):
            plan.notes.flatMap { note in
                [.warning(note.description.printable)]
                    + note.range.rendering().split(separator: "\n").map { ProgressLine(String($0).printable) }
            }
        case .warned(let text): [.warning(text.printable)]
        case .reported, .began, .wrote, .ended: []
        }
    }
}
