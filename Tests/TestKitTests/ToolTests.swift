import TestKit
import Testing

@Suite("A tool")
struct ToolTests {
    @Test("tells how it ended and what it wrote", arguments: [("exit 3", 3), ("kill -9 $$", 137), ("true", 0)])
    func ending(script: String, status: Int) async throws {
        let outcome = try await Tool("sh").run("-c", "echo out; echo err >&2; \(script)")
        #expect(outcome.status == status)
        #expect(outcome.output == "out\n")
        #expect(outcome.error == "err\n")
    }

    @Test func `reads the input it is given`() async throws {
        #expect(try await Tool("cat").run([], input: Array("hello".utf8)).output == "hello")
    }

    @Test func `sees an empty home and nothing of the environment outside`() async throws {
        let script = #"ls -A "$HOME"; env | cut -d= -f1 | grep -v -e '^_$' -e PWD -e SHLVL | sort | tr '\n' ' '"#
        let outcome = try await Tool("sh").run(["-c", script], environment: ["EXTRA": "1"])
        #expect(outcome.output == "EXTRA HOME LC_ALL PATH TMPDIR XDG_RUNTIME_DIR ")
    }

    @Test func `is killed when it takes too long`() async throws {
        await #expect(throws: TestKitError.self) {
            try await Tool("sleep").run(["600"], timeout: .milliseconds(100))
        }
    }

    @Test func `is killed with its children when the test is cancelled`() async throws {
        try await TemporaryFolder.with { home in
            let script = #"sleep 600 & echo $! > "$HOME/new"; mv "$HOME/new" "$HOME/child"; wait"#
            let running = Task { try await Tool("sh").run(["-c", script], home: home) }
            while !home.has("child") { try await Task.sleep(for: .milliseconds(5)) }
            running.cancel()
            await #expect(throws: (any Error).self) { try await running.value }
            let child = try home.text("child").filter(\.isNumber)
            let state = try await Tool("ps").run("-o", "stat=", "-p", child).output
            #expect(state.isEmpty || state.hasPrefix("Z"))
        }
    }

    @Test("that does not exist ends with 127", arguments: ["/nowhere/at/all", "no-such-program"])
    func missing(program: String) async throws {
        #expect(try await Tool(program).run().status == 127)
    }

    @Test func `imgtool is the one that was built with the tests`() async throws {
        #expect(try await Tool.imgtool.run("--help").status != 127)
    }

    @Test func `a temporary folder is gone afterwards, even after a failure`() async throws {
        var path = ""
        await #expect(throws: TestKitError.self) {
            try await TemporaryFolder.with { folder in
                path = folder.path
                try folder.write("a/b", text: "c")
                #expect(folder.files() == ["a/b"])
                throw TestKitError("enough")
            }
        }
        #expect(try await Tool("ls").run(path).succeeded == false)
    }
}
