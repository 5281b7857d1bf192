internal import ArgumentParser
internal import Builders

extension BuilderCommand {
    /// `imgtool builder use`.
    struct Use: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "use", abstract: "Select the builder for builds that name none.",
            discussion: "The selection is for the current docker context, and for all without one.")

        @Flag(name: .customLong("default"), help: "Select it whenever nothing else is selected in this context.")
        var isDefault = false

        @Flag(name: .customLong("global"), help: "Select it in all docker contexts.")
        var isGlobal = false

        @Argument(help: ArgumentHelp("The builder, or a docker context.", valueName: "name"))
        var name: String

        func run() async throws {
            let directory = BuilderChoice.directory
            try await directory.select(directory.named(name), isGlobal: isGlobal, isDefault: isDefault)
        }
    }
}
