internal import ArgumentParser
internal import ImageTools
internal import OCI

/// `imgtool remove`: removes entries from an index.
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove images from an index, with their attestations.",
        discussion: """
            The tag is moved to the changed index, in which everything else stays as it is; the removed images stay in \
            the repository. Removing the last image is refused. Prints REF@DIGEST.
            """)

    @Argument(help: ArgumentHelp("The index.", valueName: "ref"))
    var reference: String

    @Option(help: ArgumentHelp("Remove the images for these platforms; may be repeated.", valueName: "platform[,…]"))
    var platform: [String] = []

    @Option(help: ArgumentHelp("Remove the entry of this digest; may be repeated.", valueName: "digest"))
    var digest: [String] = []

    @Flag(help: "Copy referrers of the index, changed to refer to the new one.")
    var copyReferrers = false

    @OptionGroup var flags: RewriteFlags

    func validate() throws {
        guard !platform.isEmpty || !digest.isEmpty else {
            throw ValidationError("Select the entries to remove with --platform or --digest.")
        }
    }

    func run() async throws {
        let removal = EntryRemoval(try SelectionText.parse(platforms: platform, digests: digest))
        try await flags.make(removal, of: Reference(parsing: reference), copyingReferrers: copyReferrers)
    }
}

/// A selection of index entries on the command line.
enum SelectionText {
    static func parse(platforms: [String], digests: [String]) throws(ImageError) -> EntrySelection {
        EntrySelection(
            platforms: try PlatformList.parse(platforms),
            digests: try digests.map { text throws(ImageError) in try Digest(text) })
    }
}
