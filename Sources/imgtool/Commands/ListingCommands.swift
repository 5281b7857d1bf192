internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI

/// `imgtool tags`: lists the tags of a repository or layout.
struct TagsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tags", abstract: "List the tags of a repository or layout, one per line, sorted.")

    @Argument(help: ArgumentHelp("A repository, such as registry/repo, or a layout.", valueName: "repo"))
    var repository: String

    @Option(help: ArgumentHelp("List tags that a regular expression is found in only.", valueName: "regex"))
    var match: String?

    @Option(help: ArgumentHelp("List versions in a range only, as in '>=1.2 <2'.", valueName: "range"))
    var semver: String?

    @Option(
        help: ArgumentHelp(
            "Sort by name, by version (semver), or by the time of creation, for which each image is read.",
            valueName: "name|semver|time"), completion: .list(TagOrder.allCases.map(\.rawValue)))
    var sort: String = TagOrder.name.rawValue

    @Flag(help: "Print an array of JSON objects; sorted by time, with digests and times.")
    var json = false

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func validate() throws { try ChoiceText.check(sort, of: TagOrder.self, for: "--sort") }

    func run() async throws {
        let reference = try Reference(parsing: repository)
        guard reference.tag == nil, reference.digest == nil else {
            throw ImageError(
                .usage, "cannot list the tags of \(repository)", "it names one image",
                advice: "leave out its tag or digest")
        }
        var selection = TagSelection()
        selection.allowed = try [match].compactMap { $0 }.map { text throws(ImageError) in try TagPattern(text) }
        selection.versions = try [semver].compactMap { $0 }.map { text throws(ImageError) in try VersionRange(text) }
        let session = try Session(registry, output)
        let (chosen, order) = (selection, TagOrder(rawValue: sort) ?? .name)
        let tags = try await session.run {
            let store = try session.stores.source(at: reference.location)
                .capable(of: (any TagListing).self, "cannot list the tags of \(repository)")
            let tags = chosen.choose(from: try await store.tags())
            switch order {
            case .name: return tags.map { TagTimes.Tag(name: $0) }
            case .semver: return TagSelection.sorted(tags).map { TagTimes.Tag(name: $0) }
            case .time: return try await TagTimes.load(tags, of: reference.location, in: store)
            }
        }
        guard json else { return try StandardOutput.write(lines: tags.map(\.name)) }
        try StandardOutput.write(line: JSONValue.array(tags.map(value)).text())
    }

    private func value(_ tag: TagTimes.Tag) -> JSONValue {
        var object = JSONObject()
        object["tag"] = .string(tag.name)
        if let digest = tag.digest {
            object["digest"] = .string(digest.description)
            object["created"] = tag.created.map { .string($0) } ?? .null
        }
        return .object(object)
    }
}

/// `imgtool digest`: prints the digest of a reference.
struct DigestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digest", abstract: "Print the digest of an image or index, or of its image for a platform.")

    @Argument(help: ArgumentHelp("The image or index.", valueName: "ref"))
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
                return try await session.stores.source(at: reference.location).resolve(reference.manifestReference)
                    .digest
            }
            return try await ImageView.load(reference, from: session.stores).selectedDescriptor(for: platform).digest
        }
        try StandardOutput.write(line: digest.description)
    }
}
