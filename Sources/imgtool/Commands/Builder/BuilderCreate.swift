internal import ArgumentParser
internal import Builders
internal import DockerfileLanguage
internal import OCI
internal import Registry

extension BuilderCommand {
    /// `imgtool builder create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a builder, or add, change or remove one of its nodes.",
            discussion: """
                ENDPOINT is a docker context, unix://PATH, tcp://HOST:PORT, ssh://[user@]host[:port], \
                docker-container://NAME or kube-pod://POD; without one, it is this machine. Without --driver, contexts \
                and addresses are those of Docker engines. A word that is no docker context is the builder's name. \
                Nodes are not contacted, except with --bootstrap. Prints the builder's name.
                """)

        @Option(help: ArgumentHelp("The builder's name; a new one by default.", valueName: "name"))
        var name: String?

        @Option(help: ArgumentHelp("Change this node, or give a new one this name.", valueName: "name"))
        var node: String?

        @Flag(help: "Add a node to the builder.")
        var append = false

        @Flag(help: "Remove the node that --node names from the builder.")
        var leave = false

        @Option(help: ArgumentHelp("Give the node these platforms only; may be repeated.", valueName: "platform[,…]"))
        var platform: [String] = []

        @Option(
            help: ArgumentHelp("How the node builds.", valueName: "driver"),
            completion: .list(BuilderDriver.allCases.map(\.rawValue)))
        var driver: String?

        @Option(
            help: ArgumentHelp("Options of the driver; may be repeated.", valueName: "name=value[,…]"))
        var driverOpt: [String] = []

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("Arguments of a BuildKit that is created for the node.", valueName: "words"))
        var buildkitdFlags: String?

        @Option(help: ArgumentHelp("The configuration of a BuildKit that is created for the node.", valueName: "file"))
        var buildkitdConfig: String?

        @Flag(help: "Start the nodes that are created for the builder, and wait for them.")
        var bootstrap = false

        @Flag(help: "Select the builder for builds that name none.")
        var use = false

        @Argument(help: ArgumentHelp("Where the node is.", valueName: "endpoint"))
        var endpoint: String?

        @OptionGroup(title: "Output options") var output: OutputFlags

        func validate() throws {
            guard driver == nil || BuilderDriver(rawValue: driver ?? "") != nil else {
                let names = BuilderDriver.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--driver is one of \(names), not \"\(driver ?? "")\".")
            }
            guard !leave || (node != nil && name != nil) else {
                throw ValidationError("--leave needs the builder in --name, and the node in --node.")
            }
            guard !leave || !append else { throw ValidationError("--leave and --append exclude each other.") }
        }

        func run() async throws {
            let directory = BuilderChoice.directory
            if leave { return try await removeNode(in: directory) }
            var (name, endpoint) = try meaning(of: endpoint, in: directory)
            guard name != nil || !append else {
                throw ImageError(
                    .usage, "cannot add a node", "there is no builder's name", advice: "name it with --name")
            }
            if name == nil {
                let taken = Set(try directory.all().map(\.name))
                name = BuilderName.random { taken.contains($0) }
            }
            let builder = try await save(request(endpoint), as: name ?? "", in: directory)
            if bootstrap { try await NodeLifecycle(directory, notice: output.notice).start(builder) }
            if use { try await directory.select(builder) }
            try StandardOutput.write(line: builder.name)
        }

        /// The meaning of the argument: a builder's name or an address.
        private func meaning(
            of text: String?, in directory: BuilderDirectory
        ) throws -> (name: String?, endpoint: String?) {
            guard let text, !text.contains("://"), name == nil, text != DockerContexts.defaultName,
                !(try directory.contexts.all().contains { $0.name == text })
            else { return (name, text) }
            return (text, nil)
        }

        private func request(_ endpoint: String?) throws -> NodeRequest {
            var request = NodeRequest()
            request.node = node
            request.driver = driver.flatMap(BuilderDriver.init)
            request.endpoint = endpoint
            request.platforms = try PlatformList.parse(platform)
            for text in driverOpt {
                do {
                    request.options += try CommaSeparatedLine.fields(of: text)
                } catch {
                    throw ImageError(
                        .usage, "cannot read --driver-opt \(text)", error.reason, advice: error.advice)
                }
            }
            request.flags = buildkitdFlags?.split(separator: " ").map(String.init)
            if let buildkitdConfig {
                request.files = ["buildkitd.toml": try InputFile.read(buildkitdConfig, for: "--buildkitd-config")]
            }
            request.appends = append
            return request
        }

        private func save(
            _ request: NodeRequest, as name: String, in directory: BuilderDirectory
        ) async throws -> BuilderDefinition {
            let usualEngine = try directory.contexts.currentKey()
            let configuration = StoreDirectory.locations.variable("KUBECONFIG")
            if let endpoint = request.endpoint, request.driver == nil || request.driver == .docker {
                try checkContext(endpoint, in: directory)
            }
            return try await directory.change(name) { existing in
                guard var builder = existing else {
                    if append { output.notice("there was no builder \(name), so it has been created") }
                    return try .new(name, request, usualEngine: usualEngine, configuration: configuration)
                }
                if try builder.apply(request, usualEngine: usualEngine, configuration: configuration) {
                    output.notice("the new settings count when the node is started again")
                }
                return builder
            }
        }

        private func checkContext(_ endpoint: String, in directory: BuilderDirectory) throws {
            guard !endpoint.contains("://") else { return }
            _ = try directory.contexts.named(endpoint)
        }

        private func removeNode(in directory: BuilderDirectory) async throws {
            let name = name ?? ""
            _ = try await directory.change(name) { existing in
                guard var builder = existing else { return try directory.named(name) }
                _ = try builder.leave(node ?? "")
                return builder
            }
        }

    }
}
