internal import ArgumentParser
internal import ImageTools
internal import OCI

/// `imgtool manifest`: manifests as bytes, and lists as in `docker manifest`, for scripts.
struct ManifestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest", abstract: "Create lists of images step by step; get and put manifests unchanged.",
        subcommands: [
            Create.self, Annotate.self, Inspect.self, Push.self, Remove.self, List.self, Get.self, Put.self,
        ])

    /// `imgtool manifest get`.
    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get", abstract: "Print the exact bytes of a manifest or index.")

        @Argument(help: ArgumentHelp("The manifest or index.", valueName: "ref"))
        var reference: String

        @Option(help: ArgumentHelp("Get the image for this platform.", valueName: "platform"))
        var platform: String?

        @OptionGroup var registry: RegistryFlags
        @OptionGroup var output: OutputFlags

        func run() async throws {
            let reference = try Reference(parsing: reference)
            let platform = try platform.map { text throws(ImageError) in try Platform(parsing: text) }
            let session = try Session(registry, output)
            let bytes = try await session.run {
                let view = try await ImageView.load(reference, from: session.stores)
                guard let platform else { return view.content.bytes }
                return try await view.selected(for: platform).content.bytes
            }
            try StandardOutput.write(json: bytes)
        }
    }

    /// `imgtool manifest put`.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "put", abstract: "Write a manifest or index, byte for byte. Prints REF@DIGEST.")

        @Argument(help: ArgumentHelp("The destination; without a tag, the digest is used.", valueName: "ref"))
        var reference: String

        @Argument(help: ArgumentHelp("The file with the manifest.", valueName: "file"))
        var file: String

        @Option(help: ArgumentHelp("The media type, if the manifest does not specify it.", valueName: "type"))
        var mediaType: String = ""

        @OptionGroup var registry: RegistryFlags
        @OptionGroup var output: OutputFlags

        func run() async throws {
            let reference = try Reference(parsing: reference)
            let content = try ManifestContent(
                bytes: InputFile.read(file, for: "the manifest"), mediaType: mediaType, digest: reference.digest,
                of: file)
            let session = try Session(registry, output)
            try await session.run {
                let store = try session.stores.store(at: reference.location)
                let copier = ImageCopier(to: store, observer: session.observer, cache: ImageCache())
                try await copier.write(content, as: reference.tag.map { .tag($0) } ?? .digest)
            }
            let written = Reference(reference.location, tag: reference.tag, digest: content.digest)
            try StandardOutput.write(result: written)
        }
    }
}
