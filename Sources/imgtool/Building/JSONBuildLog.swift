internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
internal import Executor
internal import JSON
internal import OCI
internal import Processes
internal import Terminal

/// A build log for programs: one JSON object per line, with the members documented in README.md.
struct JSONBuildLog: BuildLog {
    let wantsOutput = true
    typealias Members = [(name: String, value: JSONValue)]

    /// Steps already described.
    private var introduced: Set<Int> = []

    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine] {
        let written = output.map { Self.line(for: $0, state, at: now) }
        switch event {
        case .planned(let plan):
            let platforms = JSONValue(platforms: plan.images.map(\.platform))
            let planned = [("platforms", platforms), ("steps", .integer(Int64(plan.steps.count)))]
            let notes = plan.notes.map { note in
                [("message", JSONValue.string(note.message)), ("location", .string("\(note.range)"))]
            }
            return [Self.line("planned", planned, at: now)] + notes.map { Self.line("warning", $0, at: now) }
        case .warned(let text): return [Self.line("warning", [("message", .string(text))], at: now)]
        case .began(let step, let isEmulated):
            return [line("started", step, state, [("emulated", .bool(isEmulated))], at: now)]
        case .wrote: return written
        case .reported: return []
        case .ended(let step, let outcome): return written + [line(for: outcome, of: step, state, at: now)]
        }
    }

    mutating func close(
        _ summary: BuildSummary, _ failures: [FailureReport], at now: ProgressTime
    ) -> [ProgressLine] {
        [Self.line("summary", summary.members, at: now)]
    }

    private mutating func line(
        for outcome: StepOutcome, of step: Int, _ state: BuildState, at now: ProgressTime
    ) -> ProgressLine {
        switch outcome {
        case .cached: return line("cached", step, state, [], at: now)
        case .shared:
            let other = state.steps[state.origin(of: step)].number
            return line("shared", step, state, [("with", .integer(Int64(other)))], at: now)
        case .done(let duration):
            return line("done", step, state, [("seconds", JSONValue(seconds: duration.seconds))], at: now)
        case .failed(is CancellationError): return line("canceled", step, state, [], at: now)
        case .failed(let error):
            var members: Members = [("error", .string("\(error)"))]
            switch (error as? StepFailure)?.ending {
            case .exited(let status): members.append(("exitCode", .integer(Int64(status))))
            case .killed(let signal): members.append(("signal", .integer(Int64(signal))))
            case nil: break
            }
            if let use = state.steps[step].use { members.append(("location", .string("\(use.range)"))) }
            return line("failed", step, state, members, at: now)
        }
    }

    /// A line about a step. The first line for a step describes it.
    private mutating func line(
        _ event: String, _ index: Int, _ state: BuildState, _ members: Members, at now: ProgressTime
    ) -> ProgressLine {
        let step = state.steps[index]
        var all: Members = [("step", .integer(Int64(step.number)))]
        if introduced.insert(index).inserted {
            all.append(("name", .string(step.label.text)))
            all.append(("platforms", JSONValue(platforms: step.targets)))
        }
        return Self.line(event, all + members, at: now)
    }

    private static func line(
        for line: BuildState.OutputLine, _ state: BuildState, at now: ProgressTime
    ) -> ProgressLine {
        let members: Members = [
            ("step", .integer(Int64(state.steps[line.step].number))),
            ("stream", line.stream == .output ? "stdout" : "stderr"),
            ("data", .string(String(decoding: line.bytes, as: UTF8.self))),
        ]
        return self.line("output", members, at: now)
    }

    private static func line(_ event: String, _ members: Members, at now: ProgressTime) -> ProgressLine {
        let all = [("time", .string(now.timestamp)), ("event", .string(event))] + members
        let object = JSONObject(all.map { JSONObject.Member($0.0, $0.1) })
        return ProgressLine(JSONValue.object(object).text(.shownOnOneLine))
    }
}

extension JSONValue {
    init(platforms: [Platform]) {
        self = .array(platforms.map { .string($0.description) })
    }

    /// Seconds with millisecond precision.
    init(seconds: Double) {
        self = .real((seconds * 1000).rounded() / 1000)
    }
}
