internal import ArgumentParser
internal import BuildEngine
internal import Glibc
internal import JSON
internal import OCI
internal import Terminal
internal import Units

extension BuildCommand {
    /// `imgtool build prune`.
    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune", abstract: "Remove unused content from the build cache.",
            discussion: """
                Without flags, that is content not used by any build for a week. Content that builds cannot find any \
                more is always removed, and a damaged index is recreated. Waits for running builds. Prints the kind \
                and name of removed content.
                """)

        @Flag(name: [.customShort("a"), .long], help: "Remove everything, even if it was used recently.")
        var all = false

        @Option(
            help: ArgumentHelp("Remove content not used for this time, such as 24h or 7d.", valueName: "duration"))
        var olderThan: String?

        @Option(
            help: ArgumentHelp(
                "Remove the least recently used content until this much is left, such as 10GB.", valueName: "size")
        )
        var keepStorage: String?

        @Option(
            help: ArgumentHelp(
                "Remove only layers, blobs, mounts, images or digests; may be repeated.", valueName: "kind[,…]"))
        var kind: [String] = []

        @Option(help: ArgumentHelp("As in docker: until=24h means --older-than 24h.", valueName: "until=duration"))
        var filter: [String] = []

        @Flag(help: "Print what would be removed, and remove nothing.")
        var dryRun = false

        @Flag(name: [.customShort("f"), .long], help: "Accepted for compatibility; there is no confirmation.")
        var force = false

        @Option(
            help: ArgumentHelp("Print as text or json.", valueName: "text|json"), completion: .list(ListFormat.names))
        var format: String = ListFormat.text.rawValue

        @OptionGroup(title: "Output options") var output: OutputFlags

        private static let usualAge = Duration.seconds(7 * 24 * 3600)

        func validate() throws { try ListFormat.check(format) }

        func run() async throws {
            let rule = try rule()
            let progress = ProgressView(output.mode)
            let cleaning = CacheCleaning(rule, in: CacheFolder.path)
            let outcome = try await cleaning.run(isDryRun: dryRun) {
                progress.note("waiting for the builds that use the cache")
            }
            if outcome.mendsIndex { progress.warn("the index of the cache was damaged, and has been recreated") }
            progress.close()
            if ListFormat(rawValue: format) == .json {
                return try StandardOutput.write(line: json(outcome).text())
            }
            try StandardOutput.write(lines: outcome.removed.map { "\($0.kind.rawValue) \($0.name)" })
            if !output.quiet { StandardError.write(line: summary(outcome)) }
        }

        private func rule() throws -> CacheCleaning.Rule {
            var rule = CacheCleaning.Rule()
            var ages = try olderThan.map { [try DurationText.parse($0, for: "--older-than")] } ?? []
            for text in filter {
                guard text.hasPrefix("until=") else {
                    throw ImageError(
                        .usage, "cannot use --filter \(text)", "only until can be filtered by",
                        advice: "write it as until=24h")
                }
                ages.append(try DurationText.parse(String(text.dropFirst("until=".count)), for: "--filter until="))
            }
            if let size = keepStorage {
                rule.keptSize = try Self.size(size)
            } else if !all, ages.isEmpty {
                ages = [Self.usualAge]
            }
            rule.unusedSince = ages.max().map { Int64(time(nil)) - $0.components.seconds }
            if !kind.isEmpty { rule.kinds = try kinds() }
            return rule
        }

        /// The value of `--keep-storage`, in bytes.
        static func size(_ text: String) throws(ImageError) -> Int64 {
            guard let bytes = ByteSize(parsing: text)?.count else {
                throw ImageError(
                    .usage, "cannot read --keep-storage \(text)", "it is not a size", advice: "write it as in 10GB")
            }
            return bytes
        }

        private func kinds() throws(ImageError) -> Set<CacheEntry.Kind> {
            var kinds: Set<CacheEntry.Kind> = []
            for name in kind.flatMap({ $0.split(separator: ",") }) {
                guard let kind = CacheEntry.Kind(rawValue: String(name)) else {
                    throw ImageError(
                        .usage, "cannot use --kind \(name)", "there is no such kind",
                        advice: "it is \(CacheEntry.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                kinds.insert(kind)
            }
            return kinds
        }

        // MARK: Output

        private func summary(_ outcome: CacheCleaning.Outcome) -> String {
            let counts = CacheEntry.Kind.allCases.compactMap { kind -> String? in
                let count = outcome.removed.count { $0.kind == kind }
                return count == 0 ? nil : CountText.text(count, kind.singular)
            }
            let what = counts.isEmpty ? "nothing" : counts.joined(separator: ", ")
            return "\(dryRun ? "would remove" : "removed") \(what), \(ByteSize(outcome.removed.size)); "
                + "\(ByteSize(outcome.left.size)) left"
        }

        private func json(_ outcome: CacheCleaning.Outcome) -> JSONValue {
            [
                "dryRun": .bool(dryRun), "entries": .array(outcome.removed.map(\.json)),
                "size": .integer(outcome.removed.size), "left": .integer(outcome.left.size),
            ]
        }
    }
}

extension CacheEntry.Kind {
    fileprivate var singular: String {
        switch self {
        case .layers: "layer"
        case .blobs: "blob"
        case .mounts: "cache mount"
        case .images: "manifest"
        case .digests: "record of file"
        case .nodes: "result of a node"
        }
    }
}
