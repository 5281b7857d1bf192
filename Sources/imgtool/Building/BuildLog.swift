internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
internal import OCI
internal import Terminal

/// Turns what happens in a build into lines for one kind of reader.
protocol BuildLog: Sendable {
    /// Whether it shows all that steps write.
    var wantsOutput: Bool { get }

    /// The lines for an event.
    ///
    /// - Parameters:
    ///   - output: The lines of output that are complete with it.
    ///   - state: What has become of the build by it.
    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine]

    /// The lines for the beginning of a build, before anything is known of its steps.
    func begin(for platforms: [Platform]) -> [ProgressLine]

    /// What work on layers is called, as the name and the detail of a transfer.
    func name(of work: LayerWork, _ state: BuildState) -> (name: String, detail: String)

    /// The lines for what has failed and for what has been built, which are the last ones.
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

    /// What comes before the object in a sentence.
    var phrase: String {
        switch self {
        case .packing: "packing"
        case .writing: "writing files of"
        case .exporting: "writing files to"
        }
    }

    /// What it is done to.
    func object(in state: BuildState) -> String {
        switch self {
        case .packing(let step), .writing(let step): state.steps[step].label.place
        case .exporting("-", _): "standard output"
        case .exporting(let destination, _): destination
        }
    }

    /// Whether its bytes are counted on their way.
    var isCounted: Bool {
        switch self {
        case .packing: true
        case .writing: false
        case .exporting(_, let isArchive): isArchive
        }
    }
}

/// What has failed, and warnings without the lines that they are about.
struct QuietBuildLog: BuildLog {
    let wantsOutput = false

    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine] {
        switch event {
        case .planned(let plan): plan.notes.map { .warning($0.description.printable) }
        case .warned: event.warningLines
        case .began, .wrote, .ended: []
        }
    }

    mutating func close(
        _ summary: BuildSummary, _ failures: [FailureReport], at now: ProgressTime
    ) -> [ProgressLine] {
        failures.flatMap(\.lines)
    }
}

extension BuildState {
    /// What is to be said about a step beside how it ended.
    func marks(of step: Int) -> [String] {
        let count = platformCount(of: step)
        var marks: [String] = []
        if count > 1 { marks.append("SHARED by \(count) platforms") }
        if steps[step].isEmulated { marks.append("EMULATED") }
        return marks
    }
}

extension BuildEvent {
    /// Warnings of the plan and of the engine as lines: what is odd, and where in the file.
    var warningLines: [ProgressLine] {
        switch self {
        case .planned(let plan):
            plan.notes.flatMap { note in
                [.warning(note.description.printable)]
                    + note.range.rendering().split(separator: "\n").map { ProgressLine(String($0).printable) }
            }
        case .warned(let text): [.warning(text.printable)]
        case .began, .wrote, .ended: []
        }
    }
}
