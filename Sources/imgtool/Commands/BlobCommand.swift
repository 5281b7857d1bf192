internal import ArgumentParser
internal import Concurrency
internal import FileSystem
internal import OCI

/// `imgtool blob`: blobs as bytes, for scripts.
struct BlobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blob", abstract: "Get a blob, verified.", subcommands: [Get.self])

    /// `imgtool blob get`.
    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get",
            abstract: "Print a blob, or write it to a file, which appears only when it is complete and right.")

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
                let store = try session.stores.store(at: reference.location)
                let descriptor = try await store.resolveBlob(digest)
                let stream = try await BlobContent(descriptor, in: store).open()
                if let output { try await write(stream, to: output) } else { try await print(stream) }
            }
        }

        private func print(_ stream: VerifiedStream) async throws {
            while let piece = try await stream.next() { try StandardOutput.write(piece) }
        }

        private func write(_ stream: VerifiedStream, to path: String) async throws {
            do {
                var file = try NewFile(in: Folder.containing(path))
                while let piece = try await stream.next() { try file.write(piece) }
                try file.commit(as: path)
            } catch let error as FileError {
                throw ImageError(.failed, "cannot write \(path)", error.reason)
            }
        }
    }
}
