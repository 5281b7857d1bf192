internal import ArgumentParser
internal import OCI

/// `imgtool delete`: deletes a tag, or a manifest with all of its tags.
struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a tag, or with --manifest a manifest and every tag that points to it.",
        discussion: "If a registry cannot remove a tag alone, that is an error, and nothing is removed.")

    @Argument(help: ArgumentHelp("The tag or manifest to remove.", valueName: "ref"))
    var reference: String

    @Flag(help: "Remove the manifest itself, by its digest.")
    var manifest = false

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func run() async throws {
        let reference = try Reference(parsing: reference)
        guard reference.tag != nil || reference.digest != nil else {
            throw ImageError(
                .usage, "cannot remove \(self.reference)", "it names no tag and no digest",
                advice: "give the tag explicitly, even if it is latest")
        }
        guard manifest || reference.digest == nil else {
            throw ImageError(
                .usage, "cannot remove the tag \(self.reference)", "a digest names a manifest",
                advice: "remove it with --manifest")
        }
        let session = try Session(registry, output)
        try await session.run {
            let store = try session.stores.store(at: reference.location)
            let removal = try store.capable(of: (any ImageRemoval).self, "cannot remove \(self.reference)")
            switch reference.manifestReference {
            case .digest(let digest): try await removal.removeManifest(digest)
            case .tag(let tag) where manifest: try await removal.removeManifest(store.resolve(.tag(tag)).digest)
            case .tag(let tag): try await removal.removeTag(tag)
            }
        }
    }
}
