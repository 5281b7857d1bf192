internal import ArgumentParser
internal import ImageLayout
internal import OCI

extension StoreCommand {
    /// `imgtool store rm`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Remove names from the store.",
            discussion: "Prints the removed names. imgtool store gc frees the space.")

        @Argument(help: ArgumentHelp("Names, with or without store: before them, or digests.", valueName: "name"))
        var names: [String]

        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let names = try names.map { text throws(ImageError) in try StoredImageName(parsing: text) }
            let (removed, unknown) = try await StoreCommand.open(output).store.remove(names)
            try StandardOutput.write(lines: removed.map { "\($0)" })
            guard unknown.isEmpty else {
                let list = unknown.map(\.description).joined(separator: ", ")
                throw ImageError(
                    .notFound, "cannot remove \(list)", "it is not in the local store",
                    advice: "imgtool store ls shows what is")
            }
        }
    }
}
