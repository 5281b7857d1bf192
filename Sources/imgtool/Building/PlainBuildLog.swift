internal import BuildEngine
internal import OCI
internal import Terminal
internal import Units

/// A log whose lines begin with the number of the step.
struct PlainBuildLog: BuildLog {
    let wantsOutput = true
    /// The maximum number of bytes to show of a step's output.
    static let limit = 2 << 20

    /// The number of bytes shown of each step's output.
    private var shown: [Int: Int] = [:]
    private var introduced: Set<Int> = []

    func begin(for platforms: [Platform]) -> [ProgressLine] {
        [ProgressLine("building \(StepLabel.names(of: platforms))")]
    }

    func name(of work: LayerWork, _ state: BuildState) -> (name: String, detail: String) {
        switch work {
        case .packing(let step), .writing(let step): ("#\(state.steps[step].number)", work.verb)
        case .exporting: (work.phrase, work.object(in: state))
        }
    }

    mutating func show(
        _ event: BuildEvent, output: [BuildState.OutputLine], _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine] {
        let written = output.flatMap { lines(for: $0, state, at: now) }
        switch event {
        case .planned, .warned: return event.warningLines
        case .began(let step, _): return introduction(of: step, state)
        case .wrote: return written
        case .reported: return []
        case .ended(let index, let outcome):
            let step = state.steps[index]
            let text =
                switch outcome {
                case .cached: "CACHED"
                case .shared:
                    state.origin(of: index) == index ? "SHARED" : "SHARED with #\(state.origin(of: index) + 1)"
                case .done(let duration): "DONE \(Duration.text(seconds: duration.seconds))"
                case .failed(is CancellationError): "CANCELED"
                case .failed(let error as StepFailure): "FAILED: \(error.reason)"
                case .failed(let error): "FAILED: \("\(error)".printable)"
                }
            return introduction(of: index, state) + written + [ProgressLine("#\(step.number) \(text)")]
        }
    }

    mutating func close(
        _ summary: BuildSummary, _ failures: [FailureReport], at now: ProgressTime
    ) -> [ProgressLine] {
        failures.flatMap(\.lines) + summary.lines.map { ProgressLine($0) }
    }

    /// The description of a step, shown before anything else about it.
    private mutating func introduction(of index: Int, _ state: BuildState) -> [ProgressLine] {
        guard introduced.insert(index).inserted else { return [] }
        let step = state.steps[index]
        let parts = ["#\(step.number) \(step.label.text)"] + state.marks(of: index)
        return [ProgressLine(parts.joined(separator: "  "))]
    }

    private mutating func lines(
        for line: BuildState.OutputLine, _ state: BuildState, at now: ProgressTime
    ) -> [ProgressLine] {
        let step = state.steps[line.step]
        let before = shown[line.step, default: 0]
        guard before <= Self.limit else { return [] }
        let after = before + line.bytes.count + 1
        shown[line.step] = after
        guard after <= Self.limit else {
            return [ProgressLine("#\(step.number) the rest of the output is omitted, it exceeds 2 MiB")]
        }
        let seconds = step.seconds(at: now).written(decimals: 2)
        return [ProgressLine("#\(step.number) \(seconds) \(OutputText.visible(line.bytes))")]
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

extension Double {
    /// A non-negative number with a fixed number of decimals.
    func written(decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
        let rounded = Int((Swift.max(0, Swift.min(self, 1e12)) * Double(scale)).rounded())
        let fraction = String(rounded % scale)
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(rounded / scale).\(zeros)\(fraction)"
    }
}
