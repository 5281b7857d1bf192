internal import ArgumentParser
internal import ImageTools
internal import OCI

/// `imgtool blob`: blobs as bytes, for scripts.
struct BlobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blob", abstract: "Get and put blobs, verified.", subcommands: [Get.self, Put.self])

    /// `imgtool blob get`.
    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get",
            abstract: "Print a blob, or write it to a file, which appears only when it is complete and verified.")

        @Argument(help: ArgumentHelp("The blob, as in registry/repo@sha256:….", valueName: "ref"))
        var reference: String

        @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Write it to FILE.", valueName: "file"))
        var output: String?

        @OptionGroup var registry: RegistryFlags
        @OptionGroup var shown: OutputFlags

        func run() async throws {
            let reference = try Reference(parsing: reference)
            guard let digest = reference.digest else {
                throw ImageError(
                    .usage, "cannot get the blob \(self.reference)", "it names no digest",
                    advice: "write it as in repo@sha256:…")
            }
            let session = try Session(registry, shown)
            try await session.run {
                let source = try session.stores.source(at: reference.location)
                    .capable(of: (any BlobResolving).self, "cannot get the blob \(self.reference)")
                let content = BlobContent(try await source.resolveBlob(digest), in: source)
                if let output { try await content.write(to: output) } else { try await content.print() }
            }
        }
    }

    /// `imgtool blob put`.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "put", abstract: "Put a file into a repository or layout as a blob. Prints REPO@DIGEST.",
            discussion: "A registry may remove a blob at any time if no manifest refers to it.")

        @Argument(help: ArgumentHelp("Where to; with a digest, the file must have it.", valueName: "repo[@digest]"))
        var reference: String

        @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "file"), completion: .file())
        var file: String

        @OptionGroup var registry: RegistryFlags
        @OptionGroup var output: OutputFlags

        func run() async throws {
            let reference = try Reference(parsing: reference)
            let content = try FileInput.blob(file, mediaType: MediaType.anyBytes)
            let digest = content.descriptor.digest
            if let expected = reference.digest, expected != digest {
                throw ImageError(.verification, "cannot put \(file)", "its digest is \(digest), not \(expected)")
            }
            let session = try Session(registry, output)
            try await session.run {
                let store = try session.stores.store(at: reference.location)
                let copier = ImageCopier(
                    to: store, observer: session.observer, cache: ImageCache())
                try await copier.copy(NewBlob(content, .blob))
            }
            try StandardOutput.write(line: "\(reference.location)@\(digest)")
        }
    }
}
