internal import ArgumentParser
internal import Terminal

/// What is shown while a command works: the same for every command.
struct OutputFlags: ParsableArguments {
    @Flag(name: [.customShort("q"), .long], help: "Show results and errors only.")
    var quiet = false

    @Option(help: ArgumentHelp("Show progress as auto, tty, plain, rawjson or quiet.", valueName: "mode"))
    var progress: ProgressMode = .auto

    @Flag(help: "Show every request and answer, secrets masked.")
    var debug = false

    var mode: ProgressMode { quiet ? .quiet : progress }
}

extension ProgressMode: ExpressibleByArgument {
    /// Reads a value of `--progress`.
    public init?(argument: String) { self.init(parsing: argument) }
}
