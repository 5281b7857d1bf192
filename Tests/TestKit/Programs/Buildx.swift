internal import Foundation

/// The real `docker buildx` and docker client of Debian 13, which the command line is modelled on.
///
/// The packages are fetched once and kept with what is built; nothing is installed. Where there is no network, the tests
/// that need them are left out.
package enum Buildx {
    private static let folder = FileManager.default.currentDirectoryPath + "/.build/test-buildx"
    private static let program = "\(folder)/usr/libexec/docker/cli-plugins/docker-buildx"
    private static let client = "\(folder)/usr/bin/docker"

    /// Whether the programs are there, or could be fetched.
    package static let isAvailable: Bool = {
        do {
            try prepare()
            return true
        } catch {
            print("Debian's docker-buildx could not be fetched, \(error): the tests that run it are left out")
            return false
        }
    }()

    /// `docker buildx`.
    package static let tool = Tool(program)

    /// The docker client.
    package static let docker = Tool(client)

    /// Runs `docker buildx imagetools` to its end.
    package static func imagetools(_ arguments: [String]) async throws -> Tool.Outcome {
        var outcome = try await tool.run(["imagetools"] + arguments)
        // It does not ask again when a busy registry fails.
        for _ in 0..<3 where outcome.error.contains("500 Internal Server Error") {
            outcome = try await tool.run(["imagetools"] + arguments)
        }
        return outcome
    }

    private static var isComplete: Bool {
        [program, client].allSatisfy { FileManager.default.fileExists(atPath: $0) }
    }

    private static func prepare() throws {
        let files = FileManager.default
        if isComplete { return }
        let work = "\(folder).work-\(UUID())"
        for name in ["lists/partial", "cache/archives/partial"] {
            try files.createDirectory(atPath: "\(work)/\(name)", withIntermediateDirectories: true)
        }
        defer { try? files.removeItem(atPath: work) }
        // The machine's own list of releases stays as it is. The stable release does not change under the tests.
        let keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        try "deb [signed-by=\(keys)] \(try mirror()) trixie main\n"
            .write(toFile: "\(work)/sources.list", atomically: false, encoding: .utf8)
        let options = [
            "Dir::Etc::sourcelist=\(work)/sources.list", "Dir::Etc::sourceparts=/dev/null",
            "Dir::State::lists=\(work)/lists", "Dir::Cache=\(work)/cache", "Dir::State::status=/dev/null",
            "APT::Sandbox::User=root", "Acquire::Languages=none",
        ]
        let apt = ["apt-get", "-q"] + options.flatMap { ["-o", $0] }
        try Tool.runQuietly(apt + ["update"], in: work)
        try Tool.runQuietly(apt + ["download", "docker-buildx", "docker-cli"], in: work)
        for package in try files.contentsOfDirectory(atPath: work) where package.hasSuffix(".deb") {
            try Tool.runQuietly(["dpkg", "-x", "\(work)/\(package)", "\(work)/root"], in: work)
        }
        // Another process may have been faster.
        if isComplete { return }
        try? files.removeItem(atPath: folder)
        try files.moveItem(atPath: "\(work)/root", toPath: folder)
    }

    /// Where this machine gets Debian's packages from.
    private static func mirror() throws -> String {
        let files = FileManager.default
        let parts = (try? files.contentsOfDirectory(atPath: "/etc/apt/sources.list.d")) ?? []
        let lists = ["/etc/apt/sources.list"] + parts.sorted().map { "/etc/apt/sources.list.d/\($0)" }
        for list in lists {
            guard let text = try? String(contentsOfFile: list, encoding: .utf8),
                let match = text.firstMatch(of: /(?m)^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(\S+\/debian)\/?(?:\s|$)/)
            else { continue }
            return String(match.1)
        }
        throw TestKitError("no mirror of Debian is configured")
    }
}
