internal import ArgumentParser
internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
internal import Glibc
internal import ImageTools
internal import OCI
internal import Terminal

/// `imgtool build`: builds a Dockerfile for one or several platforms.
struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build a Dockerfile for one or several platforms.",
        usage: "imgtool build [<options>] [<context>]",
        discussion: """
            The images go to the local store under their tags, unless --push or --output is given. Steps shared by \
            several platforms run once. Prints REF@DIGEST for each name.
            """,
        subcommands: [Usage.self, Prune.self])

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("Name the image NAME[:TAG]; may be repeated.", valueName: "name"))
    var tag: [String] = []

    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp("The Dockerfile, by default CONTEXT/Dockerfile; - is standard input.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("Build for these platforms; by default for this machine's.", valueName: "platform[,…]"))
    var platform: [String] = []

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The destination of the result: type=image|registry|oci|docker|local|tar|cacheonly,dest=PATH,…, or a folder; may be repeated.",
            valueName: "output"))
    var output: [String] = []

    @Flag(help: "Push the image to the registries in its names: --output type=registry.")
    var push = false

    @Flag(help: "Put the image into the local store (the default).")
    var load = false

    @Option(
        help: ArgumentHelp(
            "Set a variable for ARG; a name alone takes the value from the environment.", valueName: "name[=value]"))
    var buildArg: [String] = []

    @Option(help: ArgumentHelp("Build this stage; by default the last one.", valueName: "stage"))
    var target: String?

    @Option(
        help: ArgumentHelp(
            "Replace the stage or image NAME by a folder, docker-image://REF or oci-layout://PATH.",
            valueName: "name=value"))
    var buildContext: [String] = []

    @Option(help: ArgumentHelp("A secret for RUN --mount=type=secret.", valueName: "id=ID[,src=FILE|,env=NAME]"))
    var secret: [String] = []

    @Option(help: ArgumentHelp("Give the image a label.", valueName: "key=value"))
    var label: [String] = []

    @Option(
        help: ArgumentHelp(
            "Annotate the manifests (manifest:, the default), the index (index:) or its entries (manifest-descriptor:).",
            valueName: "[type:]key=value"))
    var annotation: [String] = []

    @Flag(help: "Ignore the results of earlier builds.")
    var noCache = false

    @Option(help: ArgumentHelp("Ignore the results of earlier builds for these stages.", valueName: "stage[,…]"))
    var noCacheFilter: [String] = []

    @Flag(help: "Ask registries even for base images whose names were built here.")
    var pull = false

    @Option(
        help: ArgumentHelp(
            "The maximum number of concurrent steps; by default one for each processor, and at least 16.",
            valueName: "n"))
    var jobs: String?

    @Option(help: .hidden) var provenance: String?
    @Option(help: .hidden) var sbom: String?
    @Option(help: .hidden) var attest: [String] = []
    @Option(help: .hidden) var cacheFrom: [String] = []
    @Option(help: .hidden) var cacheTo: [String] = []

    @Option(
        help: ArgumentHelp(
            "Build with this builder; by default with $BUILDX_BUILDER, or the one that is selected.", valueName: "name")
    )
    var builder: String?

    @Flag(help: "Deliver the platforms that succeeded even if others failed.")
    var allowPartial = false

    @Option(help: ArgumentHelp("The network of RUN: default, none or host.", valueName: "mode"))
    var network: String = "default"

    @Option(
        help: ArgumentHelp(
            "Allow RUN to use network.host or security.insecure, which an untrusted Dockerfile must not; may be repeated.",
            valueName: "right[,…]"))
    var allow: [String] = []

    @Option(help: ArgumentHelp("Add a line to /etc/hosts of RUN.", valueName: "name:address"))
    var addHost: [String] = []

    @Option(help: ArgumentHelp("The size of /dev/shm of RUN, as in 64m.", valueName: "size"))
    var shmSize: String?

    @OptionGroup var limits: LimitFlags

    @Option(help: ArgumentHelp("Run steps with this OCI runtime: a name or path.", valueName: "runtime"))
    var ociRuntime: String?

    @Flag(help: "Open a shell in the state of the first step that fails.")
    var debugShell = false

    @Option(help: ArgumentHelp("Write digests and names to FILE as JSON.", valueName: "file"))
    var metadataFile: String?

    @Option(help: ArgumentHelp("Write the image's digest to FILE.", valueName: "file"))
    var iidfile: String?

    @Argument(help: ArgumentHelp("The folder of the build context.", valueName: "context"))
    var context: String = "."

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var view: OutputFlags

    func validate() throws {
        guard jobs.map({ Int($0).map { $0 > 0 } ?? false }) ?? true else {
            throw ValidationError("--jobs is a number from 1 on.")
        }
        guard !debugShell || isatty(STDIN_FILENO) != 0 else {
            throw ValidationError("--debug-shell needs a terminal.")
        }
        guard RunInstruction.Network(rawValue: network) != nil else {
            throw ValidationError("--network is default, none or host, not \"\(network)\".")
        }
    }

    /// Flags of Docker's builders that are accepted and ignored, so that scripts keep working.
    var unusedFlags: [String] {
        let flags: [(String, Bool)] = [
            ("--provenance", !["false", "mode=disabled", nil].contains(provenance)),
            ("--sbom", !["false", nil].contains(sbom)), ("--attest", !attest.isEmpty),
            ("--cache-from", !cacheFrom.isEmpty), ("--cache-to", !cacheTo.isEmpty),
        ]
        return flags.filter(\.1).map(\.0)
    }

    func run() async throws {
        let session = try Session(registry, view, withoutTerminal: .plain)
        do {
            let run = BuildRun(try invocation(in: session), in: session)
            let lines = try await session.run { try await run.carryOut() }
            for line in lines { try StandardOutput.write(line: line) }
        } catch let error as DockerfileError {
            throw session.stores.explained(Self.shown(error))
        }
    }

    /// Shows the lines of the Dockerfile for an error.
    ///
    /// - Returns: The error on one line.
    private static func shown(_ error: DockerfileError) -> ImageError {
        error.range.rendering().split(separator: "\n").forEach { StandardError.write(line: String($0)) }
        return error.imageError
    }
}
