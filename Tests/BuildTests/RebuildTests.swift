import TestKit
import Testing

@Suite("Another build of the same", .enabled(if: Machine.canBuild))
struct RebuildTests {
    /// A change, and the steps that run after it.
    struct Change: Sendable, CustomStringConvertible {
        let description: String
        /// What a shell does to the build context.
        var command = "true"
        var flags: [String] = []
        var runs: [String] = []
    }

    private static let changes = [
        Change(description: "nothing"),
        Change(description: "the time of every file", command: "touch *"),
        Change(description: "a file that no step uses", command: "echo new > unused"),
        Change(description: "a label", command: "sed -i s/nothing/label/ Dockerfile"),
        Change(description: "a secret", command: "echo other > ../token"),
        Change(description: "what a copied file holds", command: "echo new > copied", runs: ["copied", "joined"]),
        Change(
            description: "what a copied file holds, but not its size", command: "echo wen > copied",
            runs: ["copied", "joined"]),
        Change(description: "who may read a copied file", command: "chmod 600 copied", runs: ["copied", "joined"]),
        Change(
            description: "a mounted file, and what a step makes of it", command: "echo b > mounted",
            runs: ["above", "joined", "make"]),
        Change(
            description: "a mounted file, but not what a step makes of it", command: "echo ax > mounted",
            runs: ["make"]),
        Change(
            description: "an argument that a stage declares", flags: ["--build-arg", "FLAVOUR=sweet"],
            runs: ["above", "make"]),
        Change(description: "an argument that nobody declares", flags: ["--build-arg", "OTHER=sweet"]),
        Change(
            description: "its mind about the cache", flags: ["--no-cache"],
            runs: ["above", "copied", "joined", "make"]),
    ]

    @Test("runs just what depends on a change: of", arguments: changes)
    func steps(after change: Change) async throws {
        try await Builder.with { builder in
            let context = builder.file("context")
            try await Tool("cp").output("-R", Machine.testData("builds/rebuilt"), context)
            try await Tool("sh").output("-c", "echo secret > \(builder.file("token"))")
            let secret = ["--secret", "id=token,src=../token"]
            try await builder.build(secret, context: context)
            #expect(try await runs(by: builder, time: "first") == ["above", "copied", "joined", "make"])
            try await Tool("sh").output("-c", "cd \(context) && \(change.command)")
            try await builder.build(secret + change.flags, context: context)
            #expect(try await runs(by: builder, time: "second") == change.runs)
        }
    }

    @Test func `may begin in many processes at once, also where there is no cache yet`() async throws {
        try await Builder.with { builder in
            let layout = try await BaseImages.layout()
            let arguments = ["build", "-q", "--build-context", "busybox=oci-layout://\(layout):busybox", "-o"]
            let outcomes = try await withThrowingTaskGroup(of: Tool.Outcome.self) { group in
                for number in 1...12 {
                    group.addTask {
                        // One begins while another one looks at what the machine can do.
                        try await Task.sleep(for: .milliseconds(40 * number))
                        return try await builder.imgtool(
                            arguments + ["type=local,dest=\(builder.file("out\(number)"))", "."],
                            in: Machine.testData("builds/machine"))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { !$0.succeeded }.map(\.error) == [])
        }
    }

    /// The steps that have run since this was asked last.
    private func runs(by builder: Builder, time: String) async throws -> [String] {
        let output = builder.file("runs-\(time)")
        try await builder.build(
            ["-f", "runs.Dockerfile", "--build-arg", "TIME=\(time)", "-o", "type=local,dest=\(output)"],
            context: Machine.testData("builds/rebuilt"))
        return try await Tool("cat").output("\(output)/log").split(separator: "\n").map(String.init)
    }
}
