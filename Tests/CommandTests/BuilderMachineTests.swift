import JSON
import OCI
import TestKit
import Testing

@Suite("Another machine is a node", .enabled(if: SSHServer.isAvailable), .timeLimit(.minutes(2)))
struct BuilderMachineTests {
    private let server: SSHServer
    private var home: BuilderHome
    private let endpoint: String

    init() async throws {
        server = try await SSHServer()
        home = try BuilderHome()
        endpoint = "ssh://root@\(server.address):\(server.port)"
        try home.folder.write("bin/ssh", text: "")
        try server.writeClient(to: home.folder.file("bin/ssh"))
        home.environment["PATH"] = "\(home.folder.path)/bin:/usr/bin:/bin"
    }

    private func create(_ options: String...) async throws {
        let outcome = try await home.run(
            ["builder", "create", "--name", "far", "--driver", "imgtool"] + options.flatMap { ["--driver-opt", $0] }
                + [endpoint])
        try #require(outcome.status == 0, "\(outcome.error)")
    }

    /// The status of the node, and the line about what is wrong.
    private func status(isPatient: Bool) async throws -> (words: String, error: String) {
        let outcome = try await home.run(["builder", "ls", "--format", "{{.Status}}"], isPatient: isPatient)
        return (outcome.output.lines.first ?? "", outcome.error)
    }

    @Test func `that tells its version and platforms`() async throws {
        try await create("program=\(Tool.builtImgtool)")
        let shown = try await home.builder("inspect", "far").lines
        #expect(shown.contains("Status:         running"), "\(shown)")
        #expect(shown.contains("Version:        0.1.0"))
        let here = try await home.builder("inspect", "default").lines.last { $0.hasPrefix("Platforms:") }
        #expect(shown.last?.split(separator: " ").dropFirst() == here?.split(separator: " ").dropFirst())
        #expect(
            try await home.builder("inspect", "--platform", "\(Platform.host)", "far").lines.last?.hasSuffix("native")
                == true)
    }

    @Test(
        "unless it is not as it should be",
        arguments: [
            ("missing", "program missing", "install imgtool 0.1.0 there"),
            ("other", "another version", "it is version 0.0.9, and this is 0.1.0"),
            ("broken", "error", "it says: no such thing"), ("silent", "no answer", "did not finish within"),
            ("denied", "permission denied", "ssh says: "), ("gone", "connection refused", "ssh says: "),
        ])
    func faults(name: String, words: String, reason: String) async throws {
        let program = home.folder.file(name)
        let script =
            switch name {
            case "other": "echo '{\"imgtool\":\"0.0.9\",\"native\":[]}'"
            case "broken": "echo no such thing >&2; exit 1"
            case "silent": "exec sleep 8"
            default: ""
            }
        if !script.isEmpty {
            try home.folder.write(name, text: "#!/bin/sh\n\(script)\n")
            try Tool.runQuietly(["chmod", "755", program], in: home.folder.path)
        }
        switch name {
        case "denied": try server.lockOut()
        case "gone": await server.stop()
        default: break
        }
        try await create("program=\(program)")
        let status = try await status(isPatient: name != "silent")
        #expect(status.words == words, "\(status.error)")
        #expect(status.error.contains(reason) && status.error.lines.count == 1, "\(status.error)")
        #expect(try await home.builder("rm", "far") == "far")
    }

    @Test func `which ends when nobody speaks to it any more`() async throws {
        let outcome = try await Tool.imgtool.run(["builder", "serve"], input: Array("anything".utf8))
        #expect(outcome.status == 0 && outcome.error == "")
        #expect(try JSONValue(parsing: outcome.outputBytes)["imgtool"] == "0.1.0")
    }
}
