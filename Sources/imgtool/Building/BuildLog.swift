internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
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

    /// The lines for what has failed and for what has been built, which are the last ones.
    mutating func close(
        _ summary: BuildSummary, _ failures: [FailureReport], at now: ProgressTime
    ) -> [ProgressLine]
}

/// Nothing but what has failed.
struct QuietBuildLog: BuildLog {
    let wantsOutput = false

    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine] { [] }

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
