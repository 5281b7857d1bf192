internal import ArgumentParser
internal import ImageTools
internal import OCI
internal import Registry

/// `imgtool repositories`: what there is on a registry.
struct RepositoriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repositories", abstract: "List the repositories of a registry, one a line, sorted.",
        discussion: "Many registries do not allow this, or only for some users.")

    @Argument(help: ArgumentHelp("The registry, as in registry.example:5000.", valueName: "registry"))
    var host: String

    @Option(help: ArgumentHelp("List only those that match a regular expression.", valueName: "regex"))
    var match: String?

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func run() async throws {
        let host = try RegistryName.parse(host)
        let pattern = try match.map { text throws(ImageError) in try TagPattern(text) }
        let session = try Session(registry, output)
        let names = try await session.run { try await session.stores.registries().repositories(of: host) }
        try StandardOutput.write(lines: (pattern?.filter(names) ?? names).map { "\(host)/\($0)" })
    }
}
