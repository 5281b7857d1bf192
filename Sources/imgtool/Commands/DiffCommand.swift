internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI

/// `imgtool diff`: compares two images.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show the differences between two images or indexes, platform by platform.",
        discussion: """
            Shows added, removed and changed platforms; for changed ones, the fields of the configuration, the layers \
            and the annotations. Exit status as in diff(1): 0 for no difference, 1 for a difference, 2 for any error.
            """)

    @Argument(help: ArgumentHelp("An image or index.", valueName: "a"))
    var before: String

    @Argument(help: ArgumentHelp("The image or index to compare it with.", valueName: "b"))
    var after: String

    @Option(help: ArgumentHelp("Print as text or json.", valueName: "text|json"), completion: .list(ListFormat.names))
    var format: String = ListFormat.text.rawValue

    @OptionGroup(title: "Registry options") var registry: RegistryFlags
    @OptionGroup(title: "Output options") var output: OutputFlags

    func validate() throws { try ListFormat.check(format) }

    func run() async throws {
        let difference: ImageDifference
        do {
            let (before, after) = (try Reference(parsing: before), try Reference(parsing: after))
            let session = try Session(registry, output)
            difference = try await session.run {
                try await ImageDifference.load(from: before, to: after, in: session.stores)
            }
            switch ListFormat(rawValue: format) {
            case .json: try StandardOutput.write(line: DifferenceReport.json(of: difference).text())
            default: try StandardOutput.write(lines: DifferenceReport.lines(of: difference))
            }
        } catch let error as ImageError {
            throw failure(error)
        } catch let error as StandardOutput.Failure {
            guard case .failed = error else { throw error }
            throw failure(error)
        }
        if !difference.isEmpty { throw ExitCode(1) }
    }

    /// As in diff(1), status 1 means a difference and 2 any error.
    private func failure(_ error: some Error) -> ExitCode {
        StandardError.write(line: "imgtool: \(error)")
        return ExitCode(2)
    }
}
