internal import ArgumentParser
internal import Builders
internal import OCI
internal import Terminal

extension BuilderCommand {
    /// `imgtool builder inspect`.
    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect", abstract: "Show a builder and its nodes.",
            discussion: "With --platform, shows which node builds each platform instead.")

        @Flag(help: "Start the nodes that are created for the builder first, and wait for them.")
        var bootstrap = false

        @Option(help: ArgumentHelp("Show the nodes for these platforms; may be repeated.", valueName: "platform[,…]"))
        var platform: [String] = []

        @Option(help: ArgumentHelp("The builder; by default the selected one.", valueName: "name"))
        var builder: String?

        @Argument(help: ArgumentHelp("The builder; by default the selected one.", valueName: "name"))
        var name: String?

        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let platforms = try PlatformList.parse(platform)
            let builder = try BuilderChoice.builder(named: name ?? builder)
            let directory = BuilderChoice.directory
            if bootstrap { try await NodeLifecycle(directory, notice: output.notice).start(builder) }
            let report = try await BuilderReport.of(builder, in: directory)
            guard platforms.isEmpty else { return try StandardOutput.write(assignment(of: platforms, in: report).text) }
            try StandardOutput.write(BuilderText.text(of: report))
        }

        private func assignment(of platforms: [Platform], in report: BuilderReport) throws -> TextTable {
            let candidates = report.nodes.map { $1.candidate(for: $0) }
            let assigned = try PlatformAssignment.assign(platforms, to: candidates, of: report.name)
            let rows = assigned.map { entry in
                [
                    entry.platform.fullDescription, report.nodes[entry.node].node.name,
                    BuilderReport.endpoint(of: report.nodes[entry.node].node), "\(entry.fit)",
                ]
            }
            return TextTable(docker: ["PLATFORM", "NODE", "ENDPOINT", "HOW"], rows: rows)
        }
    }
}
