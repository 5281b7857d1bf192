internal import ArgumentParser
internal import ImageTools
internal import OCI

/// `imgtool annotate`: changes annotations and platforms in an index.
struct AnnotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Change the annotations of an index, or annotations and platforms of its entries.",
        discussion: """
            Without --platform and --digest, the index itself is annotated. With --manifest, it is the manifests, all \
            of them or those selected; their digests change, and with them their entries and attestations. Everything \
            else stays as it is. Prints REF@DIGEST.
            """)

    @Argument(help: ArgumentHelp("The index.", valueName: "ref"))
    var reference: String

    @Option(help: ArgumentHelp("Change the entries for these platforms.", valueName: "platform[,…]"))
    var platform: [String] = []

    @Option(help: ArgumentHelp("Change the entry of this digest; may be repeated.", valueName: "digest"))
    var digest: [String] = []

    @Flag(help: "Annotate manifests instead of their entries.")
    var manifest = false

    @Option(help: ArgumentHelp("Set an annotation.", valueName: "key=value"))
    var annotation: [String] = []

    @Option(help: ArgumentHelp("Remove an annotation.", valueName: "key"))
    var removeAnnotation: [String] = []

    @OptionGroup var change: PlatformChangeFlags

    @Flag(help: "Copy referrers of replaced content, changed to refer to the new content.")
    var copyReferrers = false

    @OptionGroup var flags: RewriteFlags

    func validate() throws {
        guard change.isGiven || !annotation.isEmpty || !removeAnnotation.isEmpty else {
            throw ValidationError("There is nothing to change.")
        }
        guard !change.isGiven || !platform.isEmpty || !digest.isEmpty else {
            throw ValidationError("Only entries have a platform; select them with --platform or --digest.")
        }
        guard !change.isGiven || !manifest else {
            throw ValidationError("The platform of a manifest is in its configuration and is not changed.")
        }
        guard change.os != "", change.arch != "" else { throw ValidationError("--os and --arch cannot be empty.") }
    }

    func run() async throws {
        let selection = try SelectionText.parse(platforms: platform, digests: digest)
        let target: AnnotationEdit.Target =
            manifest ? .manifests(selection) : selection.isEmpty ? .index : .entries(selection)
        let edit = try AnnotationEdit(
            of: target,
            adding: annotation.map { text throws(ImageError) in try KeyValueText.parse(text, "the annotation") },
            removing: removeAnnotation, platform: change.change())
        try await flags.make(edit, of: Reference(parsing: reference), copyingReferrers: copyReferrers)
    }
}
