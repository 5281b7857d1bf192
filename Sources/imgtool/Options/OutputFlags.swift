internal import ArgumentParser
internal import Terminal

/// The flags for progress and messages.
struct OutputFlags: ParsableArguments {
    @Flag(name: [.customShort("q"), .long], help: "Show results and errors only.")
    var quiet = false

    // A plain string, like all options with a value: each further type adds to the start-up time.
    @Option(
        help: ArgumentHelp("Show progress as auto, tty, plain, rawjson or quiet.", valueName: "mode"),
        completion: .list(ProgressMode.allCases.map(\.rawValue)))
    var progress: String = ProgressMode.auto.rawValue

    @Flag(name: [.customShort("D"), .long], help: "Show all requests and responses, secrets masked.")
    var debug = false

    func validate() throws {
        guard ProgressMode(parsing: progress) != nil else {
            throw ValidationError("--progress is auto, tty, plain, rawjson or quiet, not \"\(progress)\".")
        }
    }

    /// Shows a line about what takes long.
    var notice: @Sendable (String) -> Void {
        let isQuiet = quiet
        return { if !isQuiet { StandardError.write(line: "imgtool: \($0)") } }
    }

    var mode: ProgressMode { quiet ? .quiet : ProgressMode(parsing: progress) ?? .auto }
}
