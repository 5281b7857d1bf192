internal import ArgumentParser
internal import Builders
internal import OCI

extension BuilderCommand {
    /// `imgtool builder ls`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the builders and their nodes.",
            discussion: """
                The selected builder has an asterisk, and so have platforms that were declared for a node. Nodes are \
                asked at the same time, for three seconds at most; errors go to stderr. --format takes table, json, or \
                a Go template for each row, over .Name, .DriverEndpoint, .LastActivity, .Status, .Buildkit, \
                .Platforms, .Error and .Builder; after the word table, for its columns.
                """)

        @Option(
            help: ArgumentHelp("Print as a table, JSON, or with a Go template.", valueName: "table|json|template"),
            completion: .list(["table", "json"]))
        var format: String = "table"

        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            if !["table", "json"].contains(format) { _ = try InspectTemplate.parse(format) }
            let builders = try await BuilderReport.all(in: BuilderChoice.directory)
            try StandardOutput.write(rendered: try await BuilderTable.text(of: builders, format: format))
            guard !output.quiet else { return }
            for builder in builders {
                for problem in builder.problems {
                    StandardError.write(line: "imgtool: builder \(builder.name): \(problem)")
                }
            }
        }
    }
}
