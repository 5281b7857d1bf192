internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import DockerfileLanguage
internal import OCI
internal import Terminal

/// Everything about a failed step: its last output, its lines in the Dockerfile, how it ended, the platforms affected,
/// and how to debug it.
struct FailureReport: Sendable {
    let lines: [ProgressLine]

    /// - Parameters:
    ///   - targets: The platforms without an image because of the failure.
    ///   - command: The command line; see ``DebugShellCommand``.
    private init(
        of error: any Error, in step: BuildState.Step, for targets: [Platform], _ command: DebugShellCommand?
    ) {
        let failure = error as? StepFailure
        let names = targets.map(\.description).listed
        let title = names.isEmpty ? "failed:" : "failed for \(names):"
        var lines = [ProgressLine("\(title) \(step.label.text)", .failure, of: title.count)]
        let output = failure?.lastLines ?? step.tail.map(OutputText.visible)
        lines += output.map { ProgressLine("  \(OutputText.visible(Array($0.utf8)).printable)") }
        let reason = failure?.reason ?? "\(error)"
        if let range = (failure?.use ?? step.use)?.range ?? (error as? NodeStepFailure)?.range {
            // Errors of the engine include their location.
            let location = failure == nil && !(error is NodeStepFailure) ? "" : "\(range): "
            lines.append(ProgressLine("\(location)\(reason)".printable))
            lines += range.rendering().split(separator: "\n").map { ProgressLine(String($0).printable) }
        } else {
            lines.append(ProgressLine(reason.printable))
        }
        if failure != nil, let command, let platform = targets.first {
            lines.append(ProgressLine("to look around: \(command.text(for: platform))"))
        }
        self.lines = lines
    }

    /// A report for each failed step, in the order of the plan. Steps that turned out to be the same are reported once.
    static func all(of state: BuildState, _ command: DebugShellCommand?) -> [FailureReport] {
        var failures: [Int: (error: any Error, targets: Set<Platform>)] = [:]
        for (index, step) in state.steps.enumerated() {
            guard case .failed(let error) = step.outcome, !step.isCancelled else { continue }
            let origin = (error as? StepFailure)?.step ?? index
            failures[origin, default: (error, [])].targets.formUnion(step.targets)
        }
        return failures.sorted { $0.key < $1.key }.map { step, failure in
            let targets = state.platforms.filter(failure.targets.contains)
            return FailureReport(of: failure.error, in: state.steps[step], for: targets, command)
        }
    }
}

/// The command that opens a shell in place of a failed step.
struct DebugShellCommand: Sendable {
    /// The arguments after `imgtool build`, as typed.
    let arguments: [String]

    /// The command for one platform, quoted for a shell. Passwords in URLs and values of variables are omitted.
    func text(for platform: Platform) -> String {
        var words = ["imgtool", "build", "--debug-shell", "--platform", platform.description]
        var isValue = false
        var isVariable = false
        for argument in arguments {
            if isValue {
                isValue = false
            } else if isVariable || argument.hasPrefix("--build-arg=") {
                words.append(Self.nameOnly(argument, behind: isVariable ? "" : "--build-arg="))
                isVariable = false
            } else if argument == "--platform" {
                isValue = true
            } else if argument != "--debug-shell", !argument.hasPrefix("--platform=") {
                words.append(argument.maskingUserInfo)
                isVariable = argument == "--build-arg"
            }
        }
        return words.map(Self.quoted).joined(separator: " ")
    }

    /// Omits the value of a `--build-arg`, which may be secret while the log is public. A name alone takes the value
    /// from the environment.
    private static func nameOnly(_ argument: String, behind flag: String) -> String {
        let pair = argument.dropFirst(flag.count)
        guard let equals = pair.firstIndex(of: "=") else { return argument }
        return "\(flag)\(pair[..<equals])=…"
    }

    /// A word quoted for a POSIX shell.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "+")...UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: "_"):
                    true
                case UInt8(ascii: "%"): true
                default: false
                }
            }
        return isPlain ? word : "'" + word.printable.replacing("'", with: "'\\''") + "'"
    }
}

extension [String] {
    /// For example `a`, `a and b` or `a, b and c`.
    fileprivate var listed: String {
        guard let last, count > 1 else { return joined() }
        return dropLast().joined(separator: ", ") + " and " + last
    }
}
