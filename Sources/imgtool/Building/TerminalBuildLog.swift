internal import BuildEngine
internal import BuildPlan
internal import OCI
internal import Terminal
internal import Units

/// Finished steps, for a terminal. Running steps are redrawn below by ``panel(_:at:columns:rows:)``.
struct TerminalBuildLog: BuildLog {
    let wantsOutput = false
    let terminal: ProgressTerminal
    /// The width of the status column.
    private static let statusWidth = 10

    /// A long name is truncated at its end, so the verb comes first.
    func name(of work: LayerWork, _ state: BuildState) -> (name: String, detail: String) {
        (work.phrase, work.object(in: state))
    }

    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine] {
        switch event {
        case .planned, .warned: return event.warningLines
        case .reported, .began, .wrote: return []
        case .ended(let step, let outcome):
            let status = Self.status(of: outcome, for: state.platformCount(of: step))
            let text = Self.line(status, of: step, state, columns: terminal.columns)
            return [ProgressLine(text, status == "FAILED" ? .failure : .plain, of: status.count)]
        }
    }

    mutating func close(
        _ summary: BuildSummary, _ failures: [FailureReport], at now: ProgressTime
    ) -> [ProgressLine] {
        let columns = max(1, terminal.columns - 1)
        return failures.flatMap(\.lines)
            + summary.lines.map { line in
                // Wrap a digest that does not fit instead of truncating it, so that it can be copied.
                ProgressLine(line.hasPrefix("  ") ? line.truncated(toWidth: columns) : line)
            }
    }

    private static func status(of outcome: StepOutcome, for platforms: Int) -> String {
        switch outcome {
        case .cached: "CACHED"
        // The remarks say more if there is more to say.
        case .shared: platforms > 1 ? "DONE" : "SHARED"
        case .done(let duration): "DONE \(Duration.text(seconds: duration.seconds))"
        case .failed(is CancellationError): "CANCELED"
        case .failed: "FAILED"
        }
    }

    /// A line about a step, not wider than the terminal. The instruction is truncated before the remarks.
    private static func line(_ status: String, of step: Int, _ state: BuildState, columns: Int) -> String {
        let limit = max(1, columns - 1)
        let marks = state.marks(of: step).map { "  \($0)" }.joined()
        let head = status.padded(toWidth: statusWidth) + " "
        let width = limit - head.displayWidth - marks.displayWidth
        guard width >= 20 else { return (head + state.steps[step].label.text + marks).truncated(toWidth: limit) }
        return head + state.steps[step].label.text(toWidth: width) + marks
    }
}

extension TerminalBuildLog {
    /// The lines of running steps, each followed by its latest output: fewer than there are rows, narrower than there
    /// are columns.
    static func panel(_ state: BuildState, at now: ProgressTime, columns: Int, rows: Int) -> [ProgressLine] {
        var remaining = max(0, rows - 1)
        guard remaining > 0 else { return [] }
        let seconds = Duration.text(seconds: now.seconds - state.began.seconds)
        let platforms = StepLabel.names(of: state.platforms)
        let isPlanned = state.plan != nil || state.count > 0
        let steps = isPlanned ? "\(state.endedCount) of \(state.count) steps" : "looking up images"
        let title = "building \(platforms): \(steps), \(seconds)"
        var lines = [ProgressLine(title.truncated(toWidth: max(1, columns - 1)), .dim)]
        remaining -= 1
        let isTooMuch = state.running.count > remaining
        let shown = isTooMuch ? state.running.prefix(max(0, remaining - 1)) : state.running[...]
        remaining -= shown.count
        for (index, step) in shown.enumerated() {
            let seconds = Duration.text(seconds: state.steps[step].seconds(at: now))
            let status = seconds.padded(toWidth: statusWidth, onTheLeft: true)
            lines.append(ProgressLine(line(status, of: step, state, columns: columns)))
            // The remaining rows are divided equally among the remaining steps, with the rest for the first ones.
            let share = isTooMuch ? 0 : (remaining + shown.count - index - 1) / (shown.count - index)
            let tail = state.steps[step].visibleTail.suffix(share)
            remaining -= tail.count
            let indent = String(repeating: " ", count: statusWidth + 1)
            lines += tail.map { ProgressLine((indent + $0).truncated(toWidth: max(1, columns - 1)), .dim) }
        }
        if isTooMuch {
            let text = "… and \(state.running.count - shown.count) more"
            if lines.count < rows - 1 { lines.append(ProgressLine(text.truncated(toWidth: max(1, columns - 1)))) }
        }
        return lines
    }
}

extension BuildState.Step {
    /// The last lines of output, including the incomplete one.
    fileprivate var visibleTail: [String] {
        (tail + [openLine]).map { OutputText.visible($0).printable }.filter { $0.contains { $0 != " " } }
            .suffix(BuildState.tailLength)
    }
}
