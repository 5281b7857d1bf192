internal import ArgumentParser
internal import Builders

extension BuilderCommand {
    /// `imgtool builder stop`.
    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop", abstract: "Stop the containers that were created for a builder.",
            discussion: "Nodes of other drivers are left alone. The next build starts the containers again.")

        @Option(help: ArgumentHelp("The builder; by default the selected one.", valueName: "name"))
        var builder: String?

        @Argument(help: ArgumentHelp("The builder; by default the selected one.", valueName: "name"))
        var name: String?

        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let builder = try BuilderChoice.builder(named: name ?? builder)
            try await NodeLifecycle(BuilderChoice.directory, notice: output.notice).stop(builder)
        }
    }
}
