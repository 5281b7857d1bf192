internal import ArgumentParser
internal import ImageTools
internal import OCI

/// `imgtool edit`: changes images in place.
struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change configuration, layers, base or annotations of an image, without building it anew.",
        discussion: """
            All images of an index are changed, or with --platform some of them; entries and attestations follow. The \
            tag is moved to the result unless --tag says where else it goes. What is not named stays as it is, and an \
            empty value removes a setting. --cmd and --entrypoint take a JSON array of words, or a line for the shell \
            /bin/sh -c. Prints REF@DIGEST.
            """)

    @Argument(help: ArgumentHelp("The image or index.", valueName: "ref"))
    var reference: String

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("Put the result there, and leave REF as it is; may be repeated.", valueName: "ref"))
    var tag: [String] = []

    @Option(help: ArgumentHelp("Change the images for these platforms only.", valueName: "platform[,…]"))
    var platform: [String] = []

    @OptionGroup(title: "Configuration") var settings: SettingFlags

    @Option(
        help: ArgumentHelp(
            "Annotate the manifests, or with TYPE index, manifest-descriptor or manifest[PLATFORM] those.",
            valueName: "[type:]key=value"))
    var annotation: [String] = []

    @Option(help: ArgumentHelp("Remove an annotation from the manifests.", valueName: "key"))
    var removeAnnotation: [String] = []

    @Option(
        help: ArgumentHelp(
            "Add a layer on top: a tar archive, or what is in DIR, for the folder PATH of the image; may be repeated.",
            valueName: "file|dir=/path"))
    var appendLayer: [String] = []

    @Option(help: ArgumentHelp("Put the images on another base.", valueName: "newbase"))
    var rebase: String?

    @Option(
        help: ArgumentHelp("What they were built on, where no annotation of theirs says so.", valueName: "ref"))
    var oldBase: String?

    @Flag(help: "Copy what refers to what is changed, so that it refers to the new content.")
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
