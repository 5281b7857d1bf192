/// The real `docker buildx` and docker client of Debian 13, which the command line is modelled on. Where there is no network,
/// the tests that need them are left out.
package enum Buildx {
    private static let program = "usr/libexec/docker/cli-plugins/docker-buildx"
    private static let client = "usr/bin/docker"

    private static let folder = Result {
        try DebianPackages.unpack(["docker-buildx", "docker-cli"], into: "test-buildx", having: [program, client])
    }

    /// Whether the programs are there, or could be fetched.
    package static let isAvailable: Bool = {
        guard case .failure(let error) = folder else { return true }
        print("Debian's docker-buildx could not be fetched, \(error): the tests that run it are left out")
        return false
    }()

    /// `docker buildx`.
    package static let tool = Tool("\((try? folder.get()) ?? "")/\(program)")

    /// The docker client.
    package static let docker = Tool("\((try? folder.get()) ?? "")/\(client)")

    /// Runs `docker buildx imagetools` to its end.
    package static func imagetools(_ arguments: [String]) async throws -> Tool.Outcome {
        var outcome = try await tool.run(["imagetools"] + arguments)
        // It does not ask again when a busy registry fails.
        for _ in 0..<3 where outcome.error.contains("500 Internal Server Error") {
            outcome = try await tool.run(["imagetools"] + arguments)
        }
        return outcome
    }
}
