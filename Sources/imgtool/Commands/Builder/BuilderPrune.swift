internal import ArgumentParser
internal import BuildKit
internal import Builders
internal import Concurrency
internal import Glibc
internal import OCI
internal import Units

extension BuilderCommand {
    /// `imgtool builder prune`.
    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune", abstract: "Remove unused content from a builder's cache.",
            usage: "imgtool builder prune [<options>]",
            discussion: """
                For the builder default, this is imgtool build prune. For others, it removes content of BuildKit's \
                caches, like docker buildx prune; --older-than, --kind, --dry-run and --format are not for those.
                """)

        @Option(help: ArgumentHelp("The builder; by default the selected one.", valueName: "name"))
        var builder: String?

        @Flag(help: "Show everything about removed content of BuildKit.")
        var verbose = false

        @OptionGroup var cache: BuildCommand.Prune

        func run() async throws {
            let builder = try BuilderChoice.builder(named: builder)
            if builder.isThisMachine { return try await cache.run() }
            let request = try request(for: builder)
            let removed = Guarded<[CacheRecord]>([])
            let text = DaemonCacheText(now: Int64(time(nil)))
            let isVerbose = verbose
            do {
                try await DaemonCaches(builder).prune(request) { record in
                    let isFirst = removed.withLock { all in
                        all.append(record)
                        return all.count == 1
                    }
                    let header = isFirst && !isVerbose ? "\(DaemonCacheText.header)\n" : ""
                    try? StandardOutput.write(header + (isVerbose ? text.details(record) : text.line(record)) + "\n")
                }
            }
            let size = ByteSize(removed.withLock { $0.map(\.size).cappedSum })
            try StandardOutput.write(line: "Total:\t\(size.dockerText)")
        }

        private func request(for builder: BuilderDefinition) throws(ImageError) -> PruneRequest {
            let others: [(String, Bool)] = [
                ("--older-than", cache.olderThan != nil), ("--kind", !cache.kind.isEmpty), ("--dry-run", cache.dryRun),
                ("--format", cache.format != ListFormat.text.rawValue),
            ]
            if let flag = others.first(where: \.1)?.0 {
                throw ImageError(
                    .usage, "cannot prune the cache of the builder \(builder.name) with \(flag)",
                    "BuildKit knows nothing like it", advice: "--filter until=24h and --keep-storage are possible")
            }
            var request = PruneRequest()
            request.includesInternal = cache.all
            if let size = cache.keepStorage { request.reservedSpace = try BuildCommand.Prune.size(size) }
            var filters: [String] = []
            for filter in cache.filter {
                let words = filter.split(separator: "=", maxSplits: 1)
                guard words.count == 2, words[0] == "until" || words[0] == "unused-for" else {
                    filters.append(filter)
                    continue
                }
                request.keepDuration = try DurationText.parse(String(words[1]), for: "--filter until=").nanoseconds
            }
            request.filters = try DaemonCaches.parsed(filters).map { [$0] } ?? []
            return request
        }
    }
}
