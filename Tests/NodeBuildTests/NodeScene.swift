import TestKit
import Testing

/// A builder with Docker engines as nodes, and a build context with a shell.
struct NodeScene: Sendable {
    /// The first one runs for all tests.
    let engines: [DockerEngine]
    let folder: TemporaryFolder

    /// Makes a builder of the shared engine.
    static func with<Result>(
        platforms: [String] = [""], _ body: (NodeScene) async throws -> Result
    ) async throws -> Result {
        let engine = try await DockerEngine.shared()
        return try await with([engine], platforms, body)
    }

    /// Makes a builder of the shared engine and another one.
    ///
    /// - Parameter platforms: The platforms that each is declared for; empty for all that it has.
    static func withTwo<Result>(
        platforms: [String] = ["", ""], _ body: (NodeScene) async throws -> Result
    ) async throws -> Result {
        let first = try await DockerEngine.shared()
        return try await DockerEngine.with { second in try await with([first, second], platforms, body) }
    }

    private static func with<Result>(
        _ engines: [DockerEngine], _ platforms: [String], _ body: (NodeScene) async throws -> Result
    ) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let scene = NodeScene(engines: engines, folder: folder)
            for (index, engine) in engines.enumerated() {
                let declared = platforms[index].isEmpty ? [] : ["--platform", platforms[index]]
                try await scene.succeeds(
                    ["builder", "create", "--name", "nodes", "--node", "node\(index)", "--driver", "docker"] + declared
                        + (index > 0 ? ["--append"] : []) + ["unix://\(engine.socket)"])
            }
            return try await body(scene)
        }
    }

    var environment: [String: String] {
        [
            "IMGTOOL_CACHE": folder.file("cache"), "IMGTOOL_STORE": folder.file("store"),
            "XDG_CONFIG_HOME": folder.file("config"), "HOME": folder.path, "BUILDX_BUILDER": "",
        ]
    }

    /// Runs the program to its end.
    func imgtool(_ arguments: [String]) async throws -> Tool.Outcome {
        try await Tool.imgtool.run(arguments, environment: environment)
    }

    /// Runs the program, which has to succeed.
    @discardableResult
    func succeeds(
        _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Tool.Outcome {
        let outcome = try await imgtool(arguments)
        #expect(outcome.status == 0, "\(arguments): \(outcome.error)", sourceLocation: sourceLocation)
        return outcome
    }

    /// The arguments of a build whose Dockerfile continues a stage `shell`.
    func build(_ dockerfile: String, _ arguments: String...) throws -> [String] {
        try folder.write(
            "app/Dockerfile", text: "FROM scratch AS shell\nCOPY --from=tools busybox /bin/sh\n\(dockerfile)")
        let tools = String(DockerEngine.busybox.dropLast("/busybox".count))
        return [
            "build", "--builder", "nodes", "--progress", "plain", "--network", "host", "--allow", "network.host",
            "--build-context", "tools=\(tools)",
        ] + arguments + [folder.file("app")]
    }

    /// A RUN of the shell.
    static func run(_ script: String) -> String {
        "RUN [\"sh\", \"-c\", \"\(script.replacing("\"", with: "\\\""))\"]\n"
    }
}
