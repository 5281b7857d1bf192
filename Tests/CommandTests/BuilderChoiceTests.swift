import TestKit
import Testing

@Suite("A build is told its builder")
struct BuilderChoiceTests {
    private static let instance =
        #"{"Name":"far","Driver":"remote","Nodes":[{"Name":"far0","Endpoint":"unix:///x","Platforms":null}]}"#

    @Test(
        "by a flag, a variable, or neither",
        arguments: [
            (["--builder", "far"], [:], "cannot connect to the node far0 at unix:///x: No such file or directory"),
            ([], ["BUILDX_BUILDER": "far"], "cannot connect to the node far0"),
            (["--builder", "none"], [:], "cannot find the builder none: there is no such builder"),
            (["--builder", "default"], ["BUILDX_BUILDER": "far"], ""), ([], ["BUILDX_BUILDER": ""], ""), ([], [:], ""),
        ])
    func choice(flags: [String], environment: [String: String], problem: String) async throws {
        let home = try TemporaryFolder()
        try home.write(".docker/buildx/instances/far", text: Self.instance)
        try home.write("context/Dockerfile", text: "FROM scratch\nLABEL a=b\n")
        let outcome = try await Tool.imgtool.run(
            ["build", "-q"] + flags + [home.file("context")], environment: environment, home: home)
        if problem.isEmpty {
            #expect(outcome.status == 0, "\(outcome.error)")
        } else {
            #expect(outcome.status != 0)
            #expect(outcome.error.contains(problem) && outcome.error.lines.count == 1, "\(outcome.error)")
        }
    }
}
