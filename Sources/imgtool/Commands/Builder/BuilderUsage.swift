internal import ArgumentParser
internal import BuildKit
internal import Builders
internal import Glibc
internal import OCI

extension BuilderCommand {
    /// `imgtool builder du`.
    struct Usage: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "du", abstract: "Show the disk usage of a builder's cache.",
            usage: "imgtool builder du [<options>]",
            discussion: """
                For the builder default, this is imgtool build du. For others, it shows the content of BuildKit's \
                caches, like docker buildx du.
                """)

        @Option(help: ArgumentHelp("The builder; by default the selected one.", valueName: "name"))
        var builder: String?

        @Option(
            help: ArgumentHelp("Show such content of BuildKit only; may be repeated.", valueName: "name[=value]"))
        var filter: [String] = []

        @Flag(help: "Show everything about content of BuildKit.")
        var verbose = false

        @OptionGroup var cache: BuildCommand.Usage

        func run() async throws {
            let builder = try BuilderChoice.builder(named: builder)
            if builder.isThisMachine { return try await cache.run() }
            let records = try await DaemonCaches(builder).records(filter)
            let text = DaemonCacheText(now: Int64(time(nil)))
            var output = ""
            if verbose {
                output = records.map { text.details($0) + "\n" }.joined()
            } else if !records.isEmpty {
                output = DaemonCacheText.header + "\n" + records.map { text.line($0) + "\n" }.joined()
            }
            if filter.isEmpty { output += DaemonCacheText.sums(records) }
            try StandardOutput.write(output)
        }
    }
}
