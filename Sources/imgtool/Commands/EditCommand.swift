internal import ArgumentParser
internal import ImageTools
internal import OCI

/// `imgtool edit`: changes images in place.
struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change configuration, layers, base or annotations of an image without rebuilding it.",
        discussion: """
            All images of an index are changed, or with --platform some of them, along with their entries and \
            attestations. The tag is moved to the result unless --tag names another destination. Everything else stays \
            as it is, and an empty value removes a setting. --cmd and --entrypoint take a JSON array of words, or a \
            line for /bin/sh -c. Prints REF@DIGEST.
            """)

    @Argument(help: ArgumentHelp("The image or index.", valueName: "ref"))
    var reference: String

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("Write the result there, and leave REF unchanged; may be repeated.", valueName: "ref"))
    var tag: [String] = []

    @Option(help: ArgumentHelp("Change only the images for these platforms.", valueName: "platform[,…]"))
    var platform: [String] = []

    @OptionGroup(title: "Configuration") var settings: SettingFlags

    @Option(
        help: ArgumentHelp(
            "Annotate the manifests, or the objects selected by TYPE: index, manifest-descriptor or manifest[PLATFORM].",
            valueName: "[type:]key=value"))
    var annotation: [String] = []

    @Option(help: ArgumentHelp("Remove an annotation from the manifests.", valueName: "key"))
    var removeAnnotation: [String] = []

    @Option(
        help: ArgumentHelp(
            "Add a layer on top: a tar archive, or the content of DIR, for the folder PATH in the image; may be repeated.",
            valueName: "file|dir=/path"))
    var appendLayer: [String] = []

    @Option(help: ArgumentHelp("Rebase the images.", valueName: "newbase"))
    var rebase: String?

    @Option(
        help: ArgumentHelp("The current base, if the images have no annotation for it.", valueName: "ref"))
    var oldBase: String?

    @Flag(help: "Copy referrers of replaced content, changed to refer to the new content.")
    var copyReferrers = false

    @OptionGroup var flags: RewriteFlags

    func validate() throws {
        guard oldBase == nil || rebase != nil else { throw ValidationError("--old-base goes with --rebase.") }
        let others = [annotation, removeAnnotation, appendLayer]
        guard !settings.isEmpty || rebase != nil || others.contains(where: { !$0.isEmpty }) else {
            throw ValidationError("There is nothing to change.")
        }
    }

    func run() async throws {
        var mutation = ImageMutation()
        mutation.platforms = try PlatformList.parse(platform)
        mutation.configuration = try settings.change()
        mutation.annotations = try annotation.map { text throws(ImageError) in
            try AnnotationRule(parsing: text, makesManifests: true)
        }
        mutation.removedAnnotations = removeAnnotation
        let newBase = try rebase.map { text throws(ImageError) in try Reference(parsing: text) }
        let oldBase = try oldBase.map { text throws(ImageError) in try Reference(parsing: text) }
        let layers = appendLayer.map(LayerText.parse)
        let epoch = try settings.creationTime()
        let targets = try tag.map { text throws(ImageError) in try Reference(parsing: text) }
        try await flags.make(of: Reference(parsing: reference), to: targets, copyingReferrers: copyReferrers) {
            session in
            mutation.layers = try await LayerText.load(layers, epoch: epoch)
            mutation.rebase = newBase.map { ImageRebase(onto: $0, from: oldBase, in: session.stores) }
            return mutation
        }
    }
}
