import Foundation
import JSON
import OCI
import TestKit
import Testing

@Suite("The demo")
struct DemoTests {
    @Test func `runs, and says the same every time`() async throws {
        let first = try await run()
        #expect(first.succeeded, "\(first.output)")
        #expect(first.outputBytes == (try await run().outputBytes))
    }

    @Test func `shows commands that the tour explains`() throws {
        let script = try Project.text("scripts/demo/run")
        let readme = try Project.text("README.md")
        let commands = script.matches(of: /\nshow ['"](imgtool .*)['"]\n/).map { $0.1.replacing("\\\"", with: "\"") }
        #expect(commands.count > 5)
        #expect(commands.filter { !readme.contains("\n$ \($0)\n") } == [])
    }

    /// The images are written anew when `IMGTOOL_WRITE_TESTDATA` is set.
    @Test func `has the images that are made here, byte for byte`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(
                in: folder, named: "images",
                [
                    "amd64": image("linux/amd64"), "arm64": image("linux/arm64"), "armv7": image("linux/arm/v7"),
                ])
            let committed = Project.file("testdata/demo/images")
            if ProcessInfo.processInfo.environment["IMGTOOL_WRITE_TESTDATA"] != nil {
                try await Tool("rm").output("-rf", committed)
                try await Tool("cp").output("-R", layout.path, committed)
            }
            let difference = try await Tool("diff").run("-r", layout.path, committed)
            #expect(difference.succeeded, "\(difference.output)\(difference.error)")
        }
    }

    private func run() async throws -> Tool.Outcome {
        try await Tool(Project.file("scripts/demo/run")).run(
            [], environment: ["PATH": Project.searchPath], timeout: .seconds(300))
    }

    private func image(_ platform: String) throws -> TestImage {
        let script = "#!/bin/sh\necho hello from \(platform)\n"
        var config = JSONObject()
        config["config"] = ["Entrypoint": ["/hello"], "Env": ["PATH=/"]]
        return TestImage(
            try Platform(parsing: platform), layers: [TestLayer("hello", script)], config: config)
    }
}
