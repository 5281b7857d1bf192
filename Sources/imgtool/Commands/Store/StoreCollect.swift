internal import ArgumentParser
internal import ImageLayout
internal import JSON
internal import OCI
internal import Terminal
internal import Units

extension StoreCommand {
    /// `imgtool store gc`.
    struct Collect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc", abstract: "Remove content that no image in the store needs.",
            discussion: """
                Other processes may use the store meanwhile. Content younger than --grace stays, since another process \
                may be about to name it. Prints the digests of removed content.
                """)

        @Option(help: ArgumentHelp("Keep content written within this time, such as 30m or 1h.", valueName: "duration"))
        var grace: String = "1h"

        @Flag(help: "Print what would be removed, and remove nothing.")
        var dryRun = false

        @Option(
            help: ArgumentHelp("Print as text or json.", valueName: "text|json"), completion: .list(ListFormat.names))
        var format: String = ListFormat.text.rawValue

        @OptionGroup(title: "Output options") var output: OutputFlags

        func validate() throws { try ListFormat.check(format) }

        func run() async throws {
            let grace = try DurationText.parse(grace, for: "--grace")
            let (store, progress) = StoreCommand.open(output)
            let result = try await store.collect(olderThan: grace, isDryRun: dryRun)
            progress.close()
            if ListFormat(rawValue: format) == .json {
                return try StandardOutput.write(line: json(result).text())
            }
            let lines = result.blobs.map { "\($0.digest)" } + result.leftovers.map(\.name)
            try StandardOutput.write(lines: lines)
            if !output.quiet { StandardError.write(line: summary(result)) }
        }

        private func summary(_ result: StoreCollection) -> String {
            let blobs = CountText.text(result.blobs.count, "blob")
            let leftovers = result.leftovers.isEmpty ? "" : ", \(CountText.text(result.leftovers.count, "leftover"))"
            let young =
                result.young == 0 ? "" : "; \(CountText.text(result.young, "blob")) still within the grace period"
            return "\(dryRun ? "would remove" : "removed") \(blobs)\(leftovers), \(ByteSize(result.size))\(young)"
        }

        private func json(_ result: StoreCollection) -> JSONValue {
            let blobs = result.blobs.map { digest, size -> JSONValue in
                ["digest": .string(digest.description), "size": .integer(size)]
            }
            let leftovers = result.leftovers.map { name, size -> JSONValue in
                ["name": .string(name), "size": .integer(size)]
            }
            return [
                "dryRun": .bool(dryRun), "blobs": .array(blobs),
                "referrers": .array(result.referrers.map { .string($0.description) }),
                "leftovers": .array(leftovers), "size": .integer(result.size),
                "young": .integer(Int64(result.young)),
            ]
        }
    }
}
