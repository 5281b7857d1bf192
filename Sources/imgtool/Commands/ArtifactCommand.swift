internal import ArgumentParser
internal import Concurrency
internal import FileSystem
internal import ImageTools
internal import OCI

/// `imgtool artifact`: files that are kept beside images.
struct ArtifactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact", abstract: "Store files in a repository, alone or attached to an image.",
        subcommands: [Put.self, Get.self])

    /// `imgtool artifact put`.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "put", abstract: "Put files into a repository as one artifact. Prints REF@DIGEST.",
            discussion: """
                With --subject it refers to an image of the same repository: imgtool referrers shows it, and imgtool \
                copy --referrers takes it along. The same files give the same digest.
                """)

        @Argument(
            help: ArgumentHelp(
                "Where to. Without a tag it is latest, or with --subject the digest alone.", valueName: "ref"))
        var reference: String

        @Argument(
            help: ArgumentHelp("The files, each with its media type if it has one.", valueName: "file[:type]"),
            completion: .file())
        var file: [String]

        @Option(help: ArgumentHelp("What kind of artifact it is, as a media type.", valueName: "type"))
        var artifactType: String

        @Option(help: ArgumentHelp("The image that it is about.", valueName: "ref"))
        var subject: String?

        @Option(help: ArgumentHelp("Annotate the artifact; may be repeated.", valueName: "key=value"))
        var annotation: [String] = []

        @OptionGroup var registry: RegistryFlags
        @OptionGroup var output: OutputFlags

        func run() async throws {
            let reference = try Reference(parsing: reference)
            guard MediaType.isWellFormed(artifactType) else {
                throw ImageError(
                    .usage, "cannot use \"\(artifactType)\" as an artifact type", "it is no media type",
                    advice: "write it as in application/vnd.example.notes")
            }
            let files = try file.map { text throws(ImageError) in try ArtifactFile(parsing: text).load() }
            var artifact = Artifact(type: artifactType, files: files)
            artifact.subject = try subject.map { text throws(ImageError) in try Reference(parsing: text) }
            for text in annotation {
                let (key, value) = try KeyValueText.parse(text, "the annotation")
                artifact.annotations[key] = value
            }
            let session = try Session(registry, output)
            let made = artifact
            let result = try await session.run {
                try await made.put(
                    to: reference, in: session.stores, observer: session.observer)
            }
            try StandardOutput.write(result: result)
        }
    }

    /// `imgtool artifact get`.
    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get", abstract: "Get the files of an artifact. Prints their paths.",
            discussion: "A file appears only when it is complete and right.")

        @Argument(help: ArgumentHelp("The artifact; not with --subject.", valueName: "ref"))
        var reference: String?

        @Option(help: ArgumentHelp("Get the one that refers to this image.", valueName: "ref"))
        var subject: String?

        @Option(help: ArgumentHelp("With --subject: the one of this type.", valueName: "type"))
        var artifactType: String?

        @Option(
            name: [.customShort("o"), .customLong("output")],
            help: ArgumentHelp(
                "The folder for the files, by default the one that you are in; - prints them.", valueName: "dir"))
        var folder: String = "."

        @OptionGroup var registry: RegistryFlags
        @OptionGroup var output: OutputFlags

        func validate() throws {
            guard (reference == nil) != (subject == nil) else {
                throw ValidationError("An artifact is named by itself or by its --subject.")
            }
            guard artifactType == nil || subject != nil else {
                throw ValidationError("--artifact-type goes with --subject.")
            }
        }

        func run() async throws {
            let named = try Reference(parsing: reference ?? subject ?? "")
            let session = try Session(registry, output)
            try await session.run {
                let view =
                    subject == nil
                    ? try await ImageView.load(named, from: session.stores)
                    : try await Artifact.find(of: named, type: artifactType, in: session.stores)
                for (title, content) in try Artifact.files(of: view) {
                    if folder == "-" { try await content.print() } else { try await write(content, as: title) }
                }
            }
        }

        private func write(_ content: BlobContent, as title: String) async throws {
            let path = "\(folder)/\(title)"
            do throws(FileError) { try Folder.create(Folder.containing(path)) } catch {
                throw ImageError(.failed, "cannot write \(path)", error.reason)
            }
            try await content.write(to: path)
            try StandardOutput.write(lines: [path])
        }
    }
}

/// A file of an artifact on the command line.
private struct ArtifactFile {
    let path: String
    let mediaType: String

    /// Parses `FILE` or `FILE:TYPE`; a type has a slash in it.
    init(parsing text: String) {
        let colon = text.lastIndex(of: ":")
        let type = colon.map { text[text.index(after: $0)...] } ?? ""
        let isType = type.contains("/") && !type.hasPrefix("/") && !FileInput.exists(text)
        path = isType ? String(text[..<(colon ?? text.endIndex)]) : text
        mediaType = isType ? String(type) : MediaType.anyBytes
    }

    func load() throws(ImageError) -> Artifact.File {
        let title = String(path.split(separator: "/").last ?? "")
        return Artifact.File(title: title, content: try FileInput.blob(path, mediaType: mediaType))
    }
}
