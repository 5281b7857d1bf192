import BuildEngine
import BuildPlan
import OCI
import Terminal
import TestKit
import Testing

@testable import imgtool

@Suite("The report of a failure")
struct FailureReportTests {
    private static let report = [
        "failed for linux/arm64: [linux/amd64 → arm64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
        "  main.go:3: undefined: x", "  exit",
        "Dockerfile:5:1: it ended with exit code 2",
        "  4 | ARG TARGETARCH",
        "  5 | RUN GOARCH=$TARGETARCH go build \\",
        "    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  6 |     -o /out/app .",
        "    |     ^^^^^^^^^^^^^",
        "to look around: imgtool build --debug-shell --platform linux/arm64 .",
    ]

    private func fail(_ build: ScriptedBuild) throws {
        build.plans()
        let step = try build.step("RUN GOARCH", for: "linux/arm64")
        build.begin(step)
        build.write(step, "main.go:3: undefined: x\nexit")
        build.fail(step, lastLines: ["main.go:3: undefined: \u{1B}[31mx\u{1B}[0m", "exit"])
        build.finish()
    }

    @Test("says for whom it is, what was written last, where it stands and how to look around")
    func plain() async throws {
        let build = try await ScriptedBuild(.plain)
        try fail(build)
        #expect(
            build.lines == [
                "building linux/amd64, arm64, arm/v7",
                "#9 [linux/amd64 → arm64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "#9 0.00 main.go:3: undefined: x", "#9 0.00 exit", "#9 FAILED: it ended with exit code 2",
            ] + Self.report + [
                "linux/amd64:  0 steps", "linux/arm64:  failed", "              1 step: 1 failed",
                "linux/arm/v7: 0 steps", "total: 0.0s",
            ])
    }

    @Test("is shown when nothing else is")
    func quiet() async throws {
        let build = try await ScriptedBuild(.quiet)
        try fail(build)
        #expect(build.lines == Self.report)
    }

    @Test("is red at its beginning on a terminal, where colours are wanted", arguments: [true, false])
    func colors(_ hasColors: Bool) async throws {
        let terminal = ProgressTerminal(columns: 100, rows: 24, hasColors: hasColors)
        let build = try await ScriptedBuild(.tty, on: terminal)
        try fail(build)
        #expect(build.text.contains("\u{1B}[31mFAILED\u{1B}[0m     [linux/amd64") == hasColors)
        #expect(build.text.contains("\u{1B}[31mfailed for linux/arm64:\u{1B}[0m [linux/amd64") == hasColors)
        #expect(!hasColors || Screen(columns: 120, rows: 50).showing(build.text).lines.contains(Self.report[0]))
        #expect(build.text.matches(of: /\u{1B}\[\d+m/).isEmpty == !hasColors)
    }

    @Test("is an event for programs")
    func json() async throws {
        let build = try await ScriptedBuild(.rawjson)
        try fail(build)
        let failed = try #require(build.lines.first { $0.contains(#""event":"failed""#) })
        #expect(
            failed.hasSuffix(
                #""event":"failed","step":9,"error":"cannot run Dockerfile:5:1: RUN GOARCH=$TARGETARCH go build     "#
                    + #"-o /out/app .: it ended with exit code 2","exitCode":2,"location":"Dockerfile:5:1"}"#))
    }

    @Test("is one for all platforms that fail by the same program")
    func together() async throws {
        let build = try await ScriptedBuild(.quiet, of: "FROM alpine\nRUN false\nCOPY a b")
        build.plans()
        let step = try build.step("RUN", for: "linux/arm64")
        build.fail(try build.step("RUN", for: "linux/arm/v7"), lastLines: [], by: step)
        build.fail(step, lastLines: [])
        build.end(try build.step("RUN"), .failed(CancellationError()))
        build.finish()
        #expect(
            build.lines.filter { $0.hasPrefix("failed") } == [
                "failed for linux/arm64 and linux/arm/v7: [linux/arm64 stage-0 2/3] RUN false"
            ])
    }

    @Test("of what is not a program has its reason and its lines")
    func files() async throws {
        let build = try await ScriptedBuild(
            .quiet, of: "FROM scratch\nCOPY missing /", for: ["linux/amd64", "linux/arm64"])
        build.plans()
        let error = ImageError(
            .failed, "Dockerfile:2:1: cannot copy missing", "there is no such file", advice: "look at\n.dockerignore")
        build.end(try build.step("COPY"), .failed(error))
        build.finish()
        #expect(
            build.lines == [
                "failed for linux/amd64 and linux/arm64: [linux/amd64, arm64 stage-0 1/1] COPY missing /",
                "Dockerfile:2:1: cannot copy missing: there is no such file; look at .dockerignore",
                "  1 | FROM scratch", "  2 | COPY missing /", "    | ^^^^^^^^^^^^^^",
            ])
    }

    @Test(
        "has a command that a shell understands, for one platform and without passwords",
        arguments: [
            (["."], "."), (["--platform", "linux/arm64,linux/amd64", "-t", "a/b:c", "."], "-t a/b:c ."),
            (["--platform=linux/arm64", "dir with space"], "'dir with space'"), (["--debug-shell", "."], "."),
            (["--build-arg", "GREETING=it's $HOME", "."], "--build-arg 'GREETING=…' ."),
            (["--build-arg=P=http://me:secret@proxy:3128/", "."], "'--build-arg=P=…' ."),
            (["--build-arg", "HOME", "it's"], "--build-arg HOME 'it'\\''s'"),
            (["--build-context", "a=http://me:p@ss@host/@x"], "--build-context 'a=http://…@host/@x'"), ([""], "''"),
        ])
    func command(_ arguments: [String], _ rest: String) {
        let command = DebugShellCommand(arguments: arguments)
        let text = command.text(for: Platform(os: "linux", architecture: "arm", variant: "v7"))
        #expect(text == "imgtool build --debug-shell --platform linux/arm/v7 \(rest)")
    }
}
