internal import ArgumentParser
internal import Builders
internal import OCI

extension BuilderCommand {
    /// `imgtool builder rm`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Remove builders, with what was created for them.",
            discussion: """
                A node that cannot be reached is no obstacle; what was created there stays, and a warning says so. \
                Prints the names of removed builders.
                """)

        @Flag(help: "Remove all builders without a node that is running.")
        var allInactive = false

        @Flag(name: [.customShort("f"), .long], help: "Accepted for compatibility; there is no confirmation.")
        var force = false

        @Flag(help: "Keep the cache of removed containers, for a new builder of the same name.")
        var keepState = false

        @Flag(help: "Remove the definition only; what was created for the builder goes on running.")
        var keepDaemon = false

        @Option(help: ArgumentHelp("The builder; by default the selected one.", valueName: "name"))
        var builder: String?

        @Argument(help: ArgumentHelp("Builders; by default the selected one.", valueName: "name"))
        var names: [String] = []

        @OptionGroup(title: "Output options") var output: OutputFlags

        func validate() throws {
            guard !allInactive || names.isEmpty && builder == nil else {
                throw ValidationError("--all-inactive takes no names.")
            }
            guard !keepDaemon || !keepState else {
                throw ValidationError("--keep-daemon and --keep-state exclude each other.")
            }
        }

        func run() async throws {
            let directory = BuilderChoice.directory
            var failures: [ImageError] = []
            for name in try await targets(in: directory) {
                do throws(any Error) {
                    try await remove(name, in: directory)
                    try StandardOutput.write(line: name)
                } catch let error as ImageError {
                    failures.append(error)
                }
            }
            guard let first = failures.first else { return }
            for failure in failures.dropFirst() { StandardError.write(line: "imgtool: \(failure)") }
            throw first
        }

        private func targets(in directory: BuilderDirectory) async throws -> [String] {
            guard allInactive else {
                if !names.isEmpty { return names }
                return [try BuilderChoice.builder(named: builder).name]
            }
            return try await BuilderReport.all(in: directory).filter { report in
                report.definition?.origin == .own && !report.statuses.contains { $0.condition == .running }
            }.map(\.name)
        }

        private func remove(_ name: String, in directory: BuilderDirectory) async throws {
            var created: BuilderDefinition?
            // A damaged definition names no nodes.
            if let definition = try? directory.find(name) {
                try BuilderDirectory.checkOwn(definition, to: "remove")
                created = definition
            }
            if let created, !keepDaemon {
                let lifecycle = NodeLifecycle(directory, notice: output.notice)
                let errors = try await lifecycle.remove(
                    created, keepingState: keepState, limit: NodeInquiry.usualLimit)
                for error in errors { StandardError.write(line: "imgtool: warning: \(error)") }
            }
            try await directory.remove(name)
        }
    }
}
