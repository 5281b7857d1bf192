internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI
internal import Registry

/// `imgtool sync`: keeps repositories equal to others.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Make the tags of repositories or layouts the same as those of others.",
        discussion: """
            Only tags whose digest differs are copied, so an interrupted run can be repeated. --file takes the files of \
            regsync, and those of skopeo sync --src yaml, whose images are copied below DST. Prints REF@DIGEST of every \
            copied tag. A tag that cannot be copied does not stop the others; the exit status is that of the first \
            failure. Use cron for schedules.
            """)

    @Argument(help: ArgumentHelp("A repository or layout; not with --file.", valueName: "src"))
    var source: String?

    @Argument(help: ArgumentHelp("Where to: a repository or layout.", valueName: "dst"))
    var destination: String?

    @Option(
        name: [.customShort("f"), .long], help: ArgumentHelp("What is kept equal to what, in YAML.", valueName: "file"),
        completion: .file())
    var file: String?

    @Option(
        help: ArgumentHelp("Tags that this regular expression is found in only; may be repeated.", valueName: "regex"))
    var tags: [String] = []

    @Option(
        help: ArgumentHelp(
            "Versions in this range only, as in '>=1.2 <2' or '~1.4'; may be repeated.", valueName: "range"))
    var semver: [String] = []

    @Option(help: ArgumentHelp("The N highest versions only.", valueName: "n"))
    var newest: String?

    @Option(
        help: ArgumentHelp(
            "Copy only these platforms: a single one yields the image itself, several an index of them.",
            valueName: "platform[,…]"))
    var platform: [String] = []

    @OptionGroup var referrers: ReferrerFlags

    @Flag(help: "Remove all other tags from DST.")
    var delete = false

    @Flag(help: "Say what would be done, and change nothing.")
    var dryRun = false

    @Flag(help: "Print what was done as JSON; with --dry-run, what would be done.")
    var json = false

    @OptionGroup(title: "Registry options") var registry: RegistryFlags
    @OptionGroup(title: "Output options") var output: OutputFlags

    func validate() throws {
        guard file != nil || source != nil && destination != nil else {
            throw ValidationError("SRC and DST are needed, or a --file.")
        }
        guard file == nil || destination == nil else { throw ValidationError("With --file, only DST is named.") }
        guard newest.map({ (Int($0) ?? 0) > 0 }) ?? true else {
            throw ValidationError("--newest is a number from 1 on.")
        }
        let isChosen = !tags.isEmpty || !semver.isEmpty || newest != nil || !platform.isEmpty || delete
        guard file == nil || !isChosen && referrers.isEmpty else {
            throw ValidationError("With --file, the file says what is copied.")
        }
    }

    func run() async throws {
        let entries = try entries()
        let session = try Session(registry, output)
        let results = try await session.run {
            var results: [SyncResult] = []
            for entry in entries { results += try await sync(entry, isOnly: entries.count == 1, session) }
            return results
        }
        try show(results)
        if let failure = results.lazy.compactMap(\.failure).first { throw failure }
    }

    /// Does what an entry says. Unless it is the only one, its failure does not keep others from being done.
    private func sync(_ entry: SyncFile.Entry, isOnly: Bool, _ session: Session) async throws -> [SyncResult] {
        let all: [RepositorySync]
        do {
            all = try await expanded(entry, session)
        } catch let error as ImageError where !isOnly {
            let (source, destination) = entry.places
            return [SyncResult(source: source, destination: destination, problem: error)]
        }
        var results: [SyncResult] = []
        for var sync in all {
            sync.isDryRun = dryRun
            do {
                results += try await sync.run(in: session.stores, observer: session.observer)
            } catch let error as ImageError where !isOnly || all.count > 1 {
                results += sync.destinations.map { SyncResult(source: sync.source, destination: $0, problem: error) }
            }
        }
        return results
    }

    private func entries() throws(ImageError) -> [SyncFile.Entry] {
        guard let file else {
            var sync = RepositorySync(
                from: try RepositoryText.parse(source ?? ""), to: [try RepositoryText.parse(destination ?? "")])
            sync.tags.allowed = try tags.map { text throws(ImageError) in try TagPattern(text) }
            sync.tags.versions = try semver.map { text throws(ImageError) in try VersionRange(text) }
            sync.tags.newest = newest.flatMap { Int($0) }
            sync.platforms = try PlatformList.parse(platform)
            sync.referrers = referrers.rule(otherwise: .none)
            sync.deletes = delete
            return [.sync(sync)]
        }
        let read = try SyncFile(reading: file, destination: source)
        if !read.unused.isEmpty, !output.quiet {
            StandardError.write(line: "imgtool: \(file): \(read.unused.joined(separator: ", ")) mean nothing here")
        }
        return read.entries
    }

    /// The repositories that an entry is about.
    private func expanded(_ entry: SyncFile.Entry, _ session: Session) async throws -> [RepositorySync] {
        switch entry {
        case .sync(let sync): return [sync]
        case .registry(let host, let allowed, let denied, let target, let options):
            let all = try await session.stores.registries().repositories(of: host)
            let unwanted = Set(denied.flatMap { $0.filter(all) })
            let wanted = allowed.isEmpty ? Set(all) : Set(allowed.flatMap { $0.filter(all) })
            return try all.filter { wanted.contains($0) && !unwanted.contains($0) }.map { path throws(ImageError) in
                let (from, to) = (
                    try RepositoryText.parse("\(host)/\(path)"), try RepositoryText.parse("\(target)/\(path)")
                )
                return options.between(from, to)
            }
        }
    }

    private func show(_ results: [SyncResult]) throws {
        if json {
            try StandardOutput.write(line: SyncReport.json(of: results, isDryRun: dryRun).text())
        } else {
            try StandardOutput.write(lines: results.flatMap { SyncReport.lines(of: $0, isDryRun: dryRun) })
        }
        guard !output.quiet else { return }
        for line in SyncReport.failures(of: results).dropFirst() { StandardError.write(line: line) }
        StandardError.write(line: SyncReport.summary(of: results, isDryRun: dryRun))
    }
}
