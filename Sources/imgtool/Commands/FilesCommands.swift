internal import Archive
internal import ArgumentParser
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import ImageTools
internal import OCI
internal import Snapshots

/// Which image's files are meant: the same for every command that looks at them.
struct FilesFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Take the image for this platform; by default this machine's, or the only one there is.",
            valueName: "platform"))
    var platform: String?

    @OptionGroup(title: "Registry options") var registry: RegistryFlags
    @OptionGroup(title: "Output options") var output: OutputFlags

    /// Runs work on the files of an image.
    func run<Result>(
        _ reference: String, _ work: (ImageFiles) async throws -> Result
    ) async throws -> Result {
        let reference = try Reference(parsing: reference)
        let platform = try platform.map { text throws(ImageError) in try Platform(parsing: text) }
        let session = try Session(registry, output)
        return try await session.run {
            let image = try await ImageView.load(reference, from: session.stores).single(for: platform)
            let layers = try await image.layers().map { ImageFiles.Layer($0.descriptor, diffID: $0.diffID) }
            return try await work(
                ImageFiles(layers, in: image.source, scratch: StoreDirectory.scratch, name: image.pinnedName))
        }
    }
}

/// `imgtool ls`: the files of an image.
struct ListFilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the files of an image, without unpacking it.",
        discussion: "Layers are read from the topmost down, as far as necessary.")

    @Argument(help: ArgumentHelp("The image.", valueName: "ref"))
    var reference: String

    @Argument(help: ArgumentHelp("A folder or file in it; the root by default.", valueName: "path"))
    var path: String = "/"

    @Flag(name: [.customShort("l"), .long], help: "Show mode, owner, size and time, too.")
    var long = false

    @Flag(name: [.customShort("R"), .long], help: "List the contents of folders, too, with full paths.")
    var recursive = false

    @OptionGroup var flags: FilesFlags

    func run() async throws {
        try await flags.run(reference) { files in
            let found = try await files.find(path)
            guard found.isFolder else { return try show([found], below: found.entry.path.folder?.bytes ?? []) }
            let folder = found.entry.path
            if recursive { return try show(await files.everything(in: folder), below: []) }
            try show(await files.children(of: folder), below: folder.bytes)
        }
    }

    private func show(_ files: [ImageFiles.File], below folder: [UInt8]) throws {
        try StandardOutput.write(lines: files.map { FileLine.text(of: $0, below: folder, isLong: long) })
    }
}

/// `imgtool cat`: a file of an image.
struct PrintFileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Print files of an image, without unpacking it.",
        discussion: "Layers are read from the topmost down, until the file is found. Links are followed in the image.")

    @Argument(help: ArgumentHelp("The image.", valueName: "ref"))
    var reference: String

    @Argument(help: ArgumentHelp("The files in it.", valueName: "path"))
    var path: [String]

    @OptionGroup var flags: FilesFlags

    func run() async throws {
        try await flags.run(reference) { files in
            for path in path { try await files.read(path) { try StandardOutput.write($0) } }
        }
    }
}

/// `imgtool export`: all files of an image.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the files of an image as one tar archive, without layers.",
        discussion: """
            Files that a layer removes are left out, and hard links are kept. The same image always gives the same \
            bytes. No special rights are needed.
            """)

    @Argument(help: ArgumentHelp("The image.", valueName: "ref"))
    var reference: String

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write to FILE instead of standard output.", valueName: "file"))
    var file: String?

    @OptionGroup var flags: FilesFlags

    func run() async throws {
        if file == nil, isatty(STDOUT_FILENO) == 1 {
            throw ImageError(
                .usage, "cannot export \(reference)", "an archive cannot be written to a terminal",
                advice: "name a file with -o")
        }
        try await flags.run(reference) { files in
            guard let file else { return try await files.export { try StandardOutput.write($0) } }
            do {
                let output = Guarded(try OutputFile(file))
                // The thread that writes to it may keep it until the program ends.
                defer { output.withLock { $0.discard() } }
                try await files.export { piece in try output.withLock { try $0.write(piece) } }
                try output.withLock { try $0.commit() }
            } catch let error as FileError {
                throw ImageError(.failed, "cannot write \(file)", error.reason)
            }
        }
    }
}
