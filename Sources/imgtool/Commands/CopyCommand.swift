internal import ArgumentParser
internal import FileSystem
internal import ImageTools
internal import JSON
internal import OCI

/// The flags common to copying commands.
struct CopyFlags: ParsableArguments {
    @Flag(help: "Copy all platforms (the default).")
    var all = false

    @Option(
        help: ArgumentHelp(
            "Copy only these platforms: a single one yields the image itself, several an index of them.",
            valueName: "platform[,…]"))
    var platform: [String] = []

    @OptionGroup var referrers: ReferrerFlags
    @OptionGroup var form: ConversionFlags
    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func validate() throws {
        guard !all || platform.isEmpty else { throw ValidationError("--all and --platform exclude each other.") }
    }

    func copy(from source: Reference, to destination: Reference) async throws {
        let results = try await results(from: source, to: [destination], looksAtTags: false)
        for result in results { try StandardOutput.write(result: result.reference) }
    }

    func copy(from source: Reference, to destinations: [Reference], report: CopyReportFlags) async throws {
        try report.show(
            await results(from: source, to: destinations, looksAtTags: report.isWanted), of: source)
    }

    private func results(
        from source: Reference, to destinations: [Reference], looksAtTags: Bool
    ) async throws -> [CopyResult] {
        var copy = ImageCopy(from: source, to: destinations)
        copy.platforms = try PlatformList.parse(platform)
        copy.referrers = referrers.rule(otherwise: form.copyReferrers ? .all : .none)
        copy.conversion = form.conversion
        copy.copiesReferrers = form.copyReferrers
        copy.looksAtTags = looksAtTags
        let session = try Session(registry, output)
        return try await session.run { try await copy.run(in: session.stores, observer: session.observer) }
    }

    /// Copies all tags of a place.
    func copyAllTags(
        from source: Reference.Location, to destinations: [Reference.Location], report: CopyReportFlags
    ) async throws {
        let (platforms, rule) = (try PlatformList.parse(platform), referrers.rule(otherwise: .none))
        let session = try Session(registry, output)
        let results = try await session.run {
            var sync = RepositorySync(from: source, to: destinations)
            (sync.platforms, sync.referrers) = (platforms, rule)
            return try await sync.run(in: session.stores, observer: session.observer)
        }
        try report.show(results)
        if !output.quiet {
            for line in SyncReport.failures(of: results).dropFirst() { StandardError.write(line: line) }
        }
        if let failure = results.lazy.compactMap(\.failure).first { throw failure }
    }
}

/// The output about copies.
struct CopyReportFlags: ParsableArguments {
    @Flag(help: "Print what changed as JSON.")
    var json = false

    @Option(
        help: ArgumentHelp("Write what changed to FILE as JSON.", valueName: "file"), completion: .file())
    var metadataFile: String?

    var isWanted: Bool { json || metadataFile != nil }

    func show(_ results: [CopyResult], of source: Reference) throws {
        let value = CopyReport.json(of: results, source: source)
        try write(value)
        if json { return try StandardOutput.write(line: value.text()) }
        for result in results { try StandardOutput.write(result: result.reference) }
    }

    func show(_ results: [SyncResult]) throws {
        let value = SyncReport.json(of: results, isDryRun: false)
        try write(value)
        if json { return try StandardOutput.write(line: value.text()) }
        try StandardOutput.write(lines: results.flatMap { SyncReport.present(in: $0) })
    }

    private func write(_ value: JSONValue) throws(ImageError) {
        guard let metadataFile else { return }
        do {
            try OutputFile.write(value.bytes() + [UInt8(ascii: "\n")], to: metadataFile)
        } catch {
            throw ImageError(.failed, "cannot write the metadata file \(metadataFile)", error.reason)
        }
    }
}

/// `imgtool copy`: from anywhere to anywhere.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy an image or index between registries and layouts, by default with the same digest.",
        discussion: """
            Several destinations are written at once, and SRC is read once. Existing content is not copied again, so an \
            interrupted copy can be repeated. Prints REF@DIGEST.
            """)

    @Argument(help: ArgumentHelp("The image or index to copy, in a registry or layout.", valueName: "src"))
    var source: String

    @Argument(help: ArgumentHelp("The destinations, with the new tag.", valueName: "dst"))
    var destination: [String]

    @Flag(help: "Copy all tags of a repository or layout; SRC and DST are without tags then.")
    var allTags = false

    @OptionGroup var report: CopyReportFlags
    @OptionGroup var flags: CopyFlags

    func validate() throws {
        guard !allTags || !flags.form.changesAnything else {
            throw ValidationError(
                "--all-tags copies as it is; --attestations, --media-types and --copy-referrers do not.")
        }
    }

    func run() async throws {
        guard allTags else {
            let destinations = try destination.map { text throws(ImageError) in try Reference(parsing: text) }
            return try await flags.copy(from: Reference(parsing: source), to: destinations, report: report)
        }
        let destinations = try destination.map { text throws(ImageError) in try RepositoryText.parse(text) }
        try await flags.copyAllTags(from: RepositoryText.parse(source), to: destinations, report: report)
    }
}

/// `imgtool push`: from the local store or a layout to a registry.
struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Copy an image or index from the local store or an OCI layout to a registry.",
        discussion: "push NAME copies store:NAME to the registry's NAME. Prints REF@DIGEST.")

    @Argument(
        help: ArgumentHelp(
            "The layout: PATH[:TAG] or oci:PATH[:TAG]; or store:NAME[:TAG]. Alone, a name in the local store.",
            valueName: "layout"))
    var layout: String

    @Argument(
        help: ArgumentHelp("The destination, with the new tag; by default the name in the store.", valueName: "ref"))
    var reference: String?

    @OptionGroup var flags: CopyFlags

    func run() async throws {
        if let reference {
            return try await flags.copy(from: LayoutText.parse(layout), to: Reference(parsing: reference))
        }
        let (stored, named) = try StoreText.parse(layout, for: "push", advice: "imgtool push \(layout) REF")
        try await flags.copy(from: stored, to: named)
    }
}

/// `imgtool pull`: from a registry to the local store or a layout.
struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Copy an image or index from a registry to the local store or an OCI layout.",
        discussion: "pull NAME copies the registry's NAME to store:NAME. Prints REF@DIGEST.")

    @Argument(help: ArgumentHelp("The image or index to copy, in a registry.", valueName: "ref"))
    var reference: String

    @Argument(
        help: ArgumentHelp(
            "The layout: PATH[:TAG] or oci:PATH[:TAG]; or store:NAME[:TAG], which is REF's by default. The tag is that of REF by default.",
            valueName: "layout"))
    var layout: String?

    @OptionGroup var flags: CopyFlags

    func run() async throws {
        guard let layout else {
            let (stored, named) = try StoreText.parse(reference, for: "pull", advice: "imgtool pull \(reference) PATH")
            return try await flags.copy(from: named, to: stored)
        }
        let source = try Reference(parsing: reference)
        var destination = try LayoutText.parse(layout)
        if destination.tag == nil, destination.digest == nil { destination.tag = name(of: source, in: destination) }
        try await flags.copy(from: source, to: destination)
    }
}

extension PullCommand {
    /// The default name of the copy: Docker's archives have full names, everything else has tags.
    private func name(of source: Reference, in destination: Reference) -> String? {
        guard destination.location.tagsAreNames else { return source.tag }
        guard case .repository(let repository) = source.location, source.digest == nil else { return nil }
        return "\(repository):\(source.tag ?? Reference.defaultTag)"
    }
}

/// A name in both the local store and a registry.
enum StoreText {
    /// - Parameters:
    ///   - text: A name with or without `store:`.
    ///   - command: The command that otherwise needs two arguments; `advice` shows them.
    static func parse(
        _ text: String, for command: String, advice: String
    ) throws(ImageError) -> (stored: Reference, named: Reference) {
        let reference = try Reference(parsing: text)
        guard let repository = reference.location.repository else {
            throw ImageError(
                .usage, "cannot \(command) \(text)", "alone, it has to be a name that a registry has, too",
                advice: "write \(advice)")
        }
        return (
            Reference(.stored(repository), tag: reference.tag, digest: reference.digest),
            Reference(.repository(repository), tag: reference.tag, digest: reference.digest)
        )
    }
}

/// A layout as the only possible meaning: `oci:` before the path may be omitted.
enum LayoutText {
    static func parse(_ text: String) throws(ImageError) -> Reference {
        if Reference.hasScheme(text) { return try Reference(parsing: text) }
        return try Reference(parsing: "oci:\(text)")
    }
}
