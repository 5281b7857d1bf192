internal import ArgumentParser
internal import FileSystem
internal import ImageTools
internal import JSON
internal import OCI
internal import Terminal

/// `imgtool create`: creates an index of existing images.
struct CreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an index of images, under one or more tags.",
        discussion: """
            Indexes contribute their entries, in the order of the sources. Content missing in the tags' repositories \
            is copied there, or mounted if the registry is the same. A bare digest belongs to the only repository that \
            is named. Prints REF@DIGEST for each tag.
            """)

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("Put the index under REF; may be repeated.", valueName: "ref"))
    var tag: [String] = []

    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp("Read a source from FILE: a reference, digest or descriptor.", valueName: "file"))
    var file: [String] = []

    @Flag(
        help:
            "Add to the first tag's current content; an image for the same platform is replaced, with its attestations."
    )
    var append = false

    @Flag(help: "With --append, fail if the tag does not exist.")
    var mustExist = false

    @Option(
        help: ArgumentHelp("The maximum time for --append while others change the tag.", valueName: "duration"))
    var appendTimeout: String = "60s"

    @Option(
        help: ArgumentHelp(
            "Wait until there is an image for each of these platforms. Sources have placeholders for them, as in app:1.2-{arch}{variant}: {os}, {arch}, {variant}, or {platform} for all of them with dashes.",
            valueName: "platform[,…]"))
    var waitFor: [String] = []

    @Option(help: ArgumentHelp("The maximum time for --wait-for.", valueName: "duration"))
    var waitTimeout: String = "30m"

    @Flag(help: "Print the exact bytes that would be pushed, and change nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Annotate the index (index:), its entries (manifest-descriptor:) or those for a platform (manifest-descriptor[os/arch]:).",
            valueName: "[type:]key=value"))
    var annotation: [String] = []

    @Option(
        name: [.customShort("p"), .long],
        help: ArgumentHelp("Keep only the images for these platforms.", valueName: "platform[,…]"))
    var platform: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help:
            "Make an index even of a single image, which is the default, or copy it as it is (--prefer-index=false, too)."
    )
    var preferIndex = true

    @Option(help: ArgumentHelp("Write the result's descriptor and names to FILE as JSON.", valueName: "file"))
    var metadataFile: String?

    @Argument(
        help: ArgumentHelp(
            "An image or index in a registry or layout, a bare digest, or a descriptor in JSON.", valueName: "source"))
    var sources: [String] = []

    @Option(help: ArgumentHelp("Accepted and ignored, since scripts for docker buildx have it.", valueName: "name"))
    var builder: String?

    @OptionGroup var assembly: AssemblyFlags
    @OptionGroup var referrers: ReferrerFlags
    @OptionGroup var form: ConversionFlags
    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func validate() throws {
        guard !sources.isEmpty || !file.isEmpty else { throw ValidationError("There is no source.") }
        guard dryRun || !tag.isEmpty else {
            throw ValidationError("There is no --tag for the index; --dry-run shows it without one.")
        }
        guard !append || !tag.isEmpty else { throw ValidationError("--append needs a --tag to append to.") }
        guard append || !mustExist else { throw ValidationError("--must-exist goes with --append.") }
    }

    func run() async throws {
        var creation = try creation()
        let wait = try wait()
        let session = try Session(registry, output)
        let results = try await session.run {
            let observer = session.observer
            if let wait {
                creation.sources = try await wait.run(for: creation.sources, in: session.stores, observer: observer)
            }
            guard !dryRun else {
                let plan = try await creation.dryRun(in: session.stores)
                plan.warnings.forEach { session.progress.warn($0) }
                describe(plan, creation)
                try StandardOutput.write(json: plan.content.bytes)
                return [Reference]()
            }
            let outcome = try await creation.run(in: session.stores, observer: observer)
            outcome.warnings.forEach { session.progress.warn($0) }
            if let metadataFile { try write(outcome.content.descriptor, creation.tags, to: metadataFile) }
            return outcome.references
        }
        for reference in results { try StandardOutput.write(result: reference) }
    }

    private func creation() throws -> IndexCreation {
        var creation = IndexCreation()
        creation.tags = try tag.map { text throws(ImageError) in
            let tag = try Reference(parsing: text)
            guard tag.digest == nil || !append else {
                throw ImageError(.usage, "cannot append to \(text)", "what has a digest does not change")
            }
            return tag
        }
        let texts = try file.map { path throws(ImageError) in
            String(decoding: try InputFile.read(path, for: "--file"), as: UTF8.self)
        }
        creation.sources = try (texts + sources).map { text throws(ImageError) in try SourceText.parse(text) }
        creation.annotations = try annotation.map { text throws(ImageError) in try AnnotationRule(parsing: text) }
        creation.platforms = try PlatformList.parse(platform)
        creation.appends = append
        creation.mustExist = mustExist
        creation.timeout = try DurationText.parse(appendTimeout, for: "--append-timeout")
        creation.prefersIndex = preferIndex
        creation.onConflict = assembly.conflictRule
        creation.order = assembly.order
        creation.conversion = form.conversion
        creation.copiesReferrers = form.copyReferrers
        creation.referrers = referrers.rule(otherwise: .attestations)
        return creation
    }

    private func wait() throws -> SourceWait? {
        let platforms = try PlatformList.parse(waitFor)
        let timeout = try DurationText.parse(waitTimeout, for: "--wait-timeout")
        return platforms.isEmpty ? nil : SourceWait(for: platforms, timeout: timeout)
    }

    /// Prints the effect of a dry run on stderr.
    private func describe(_ plan: IndexCreation.Plan, _ creation: IndexCreation) {
        guard !output.quiet else { return }
        let old = plan.base.map { base in (try? base.index().manifests) ?? [base.descriptor] } ?? []
        let before = Set(old.map(\.digest))
        let entries = plan.content.isIndex ? ((try? plan.content.index().manifests) ?? []) : []
        for entry in entries {
            let what =
                entry.attestedDigest.map { "attestation of \($0)" } ?? entry.platform?.fullDescription
                ?? entry.mediaType
            let sign = plan.base != nil && before.contains(entry.digest) ? "  keep" : "  add "
            StandardError.write(line: "\(sign)  \(what)  \(entry.digest)")
        }
        for digest in before.subtracting(entries.map(\.digest)).map(\.description).sorted() {
            StandardError.write(line: "  drop  \(digest)")
        }
        for tag in creation.tags { StandardError.write(line: "would put \(plan.content.digest) under \(tag)") }
    }

    /// Writes a metadata file as `docker buildx` does.
    private func write(_ descriptor: Descriptor, _ tags: [Reference], to path: String) throws {
        let metadata: JSONValue = [
            "containerimage.descriptor": descriptor.json,
            "containerimage.digest": .string(descriptor.digest.description),
            "image.name": .string(tags.map { Self.name(of: $0) }.joined(separator: ",")),
        ]
        do {
            try OutputFile.write(metadata.bytes() + [UInt8(ascii: "\n")], to: path)
        } catch {
            throw ImageError(.failed, "cannot write the metadata file \(path)", error.reason)
        }
    }

    /// A tag as `docker buildx` records it: in full, but without `latest` where nobody has written that.
    private static func name(of tag: Reference) -> String {
        tag.location.description + (tag.tag.map { ":\($0)" } ?? "")
    }
}
