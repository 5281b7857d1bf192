internal import ArgumentParser

/// `imgtool builder`, and `imgtool buildx`: the builders and their nodes.
struct BuilderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "builder", abstract: "Manage builders, whose nodes build for their platforms.",
        discussion: """
            The builder default is the engine of imgtool on this machine. Builders of docker buildx and docker contexts \
            can be used, too. As imgtool buildx, the commands are those of docker buildx, imgtool buildx build and \
            imgtool buildx imagetools included.
            """,
        subcommands: [
            Create.self, List.self, Use.self, Inspect.self, Stop.self, Remove.self, Usage.self, Prune.self, Serve.self,
        ])
}
