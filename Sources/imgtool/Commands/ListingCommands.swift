internal import ArgumentParser
internal import ImageTools
internal import OCI

/// `imgtool tags`: lists the tags of a repository or layout.
struct TagsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tags", abstract: "List the tags of a repository or layout, one a line, sorted.")

    @Argument(help: ArgumentHelp("A repository, as in registry/repo, or a layout.", valueName: "repo"))
    var repository: String

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func run() async throws {
        let reference = try Reference(parsing: repository)
        guard reference.tag == nil, reference.digest == nil else {
            throw ImageError(
                .usage, "cannot list the tags of \(repository)", "it names one image",
                advice: "leave out its tag or digest")
        }
        let session = try Session(registry, output)
        let tags = try await session.run { try await session.stores.store(at: reference.location).tags() }
        try StandardOutput.write(lines: tags)
    }
}

/// `imgtool digest`: prints the digest of a reference.
struct DigestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digest", abstract: "Print the digest of an image or index, or of its image for a platform.")

    @Argument(help: ArgumentHelp("What to look up.", valueName: "ref"))
    var reference: String

    @Option(help: ArgumentHelp("Print the digest of the image for this platform.", valueName: "platform"))
    var platform: String?

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func run() async throws {
        let reference = try Reference(parsing: reference)
        let platform = try platform.map { text throws(ImageError) in try Platform(parsing: text) }
        let session = try Session(registry, output)
        let digest = try await session.run {
            guard let platform else {
                return try await session.stores.store(at: reference.location).resolve(reference.manifestReference)
                    .digest
            }
            return try await ImageView.load(reference, from: session.stores).selectedDescriptor(for: platform).digest
        }
        try StandardOutput.write(line: digest.description)
    }
}
