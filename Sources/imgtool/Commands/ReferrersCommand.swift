internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI
internal import Terminal

/// `imgtool referrers`: shows the referrers of an image.
struct ReferrersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "referrers",
        abstract: "Show the referrers of an image, such as signatures and SBOMs, as a tree.",
        discussion: "What stands under digest tags, as in sha256-HEX.sig, is shown with its tag.")

    @Argument(help: ArgumentHelp("The image or index.", valueName: "ref"))
    var reference: String

    @Option(help: ArgumentHelp("Show the referrers of the image for this platform.", valueName: "platform"))
    var platform: String?

    @Option(help: ArgumentHelp("Show only referrers of this type.", valueName: "type"))
    var artifactType: String?

    @Option(help: ArgumentHelp("Print as text or json.", valueName: "text|json"), completion: .list(ListFormat.names))
    var format: String = ListFormat.text.rawValue

    @OptionGroup(title: "Registry options") var registry: RegistryFlags
    @OptionGroup(title: "Output options") var output: OutputFlags

    func validate() throws { try ListFormat.check(format) }

    func run() async throws {
        let reference = try Reference(parsing: reference)
        let platform = try platform.map { text throws(ImageError) in try Platform(parsing: text) }
        let session = try Session(registry, output)
        let tree = try await session.run {
            let source = try session.stores.source(at: reference.location)
            let descriptor: Descriptor
            if let platform {
                descriptor = try await ImageView.load(reference, from: session.stores).selectedDescriptor(for: platform)
            } else {
                descriptor = try await source.resolve(reference.manifestReference)
            }
            return try await ReferrerTree.load(
                of: descriptor, in: source, digestTags: digestTags(in: source, session), artifactType: artifactType)
        }
        switch ListFormat(rawValue: format) {
        case .json: try StandardOutput.write(line: json(tree).text())
        default:
            let name = reference.pinned(to: tree.descriptor.digest).description
            try StandardOutput.write(lines: [name] + lines(below: tree, ""))
        }
    }

    /// The digest tags of a place. One that does not list its tags still has referrers to show.
    private func digestTags(in source: any ImageSource, _ session: Session) async throws -> DigestTags {
        do {
            return try await DigestTags.load(from: source)
        } catch let error as ImageError {
            if error.code != .notFound {
                session.progress.warn("signatures under tags of \(source.name) are not shown: \(error.reason)")
            }
            return DigestTags()
        }
    }

    private func lines(below tree: ReferrerTree, _ margin: String) -> [String] {
        tree.referrers.enumerated().flatMap { position, referrer in
            let isLast = position == tree.referrers.count - 1
            let entry = referrer.descriptor
            let tag = referrer.digestTag.map { "  \($0)" } ?? ""
            let type = entry.artifactType ?? entry.mediaType
            let line = "\(margin)\(isLast ? "└── " : "├── ")\(type)  \(entry.digest)\(tag)"
            return [line] + lines(below: referrer, margin + (isLast ? "    " : "│   "))
        }
    }

    private func json(_ tree: ReferrerTree) -> JSONValue {
        var object = tree.descriptor.json.object ?? JSONObject()
        object["digestTag"] = tree.digestTag.map { .string($0) }
        object["referrers"] = .array(tree.referrers.map(json))
        return .object(object)
    }
}

/// The format of lists. Options use plain strings, since each further type adds to the start-up time.
enum ListFormat: String, CaseIterable {
    case text, json

    static let names = allCases.map(\.rawValue)

    static func check(_ name: String) throws {
        guard names.contains(name) else { throw ValidationError("--format is text or json, not \"\(name)\".") }
    }
}
