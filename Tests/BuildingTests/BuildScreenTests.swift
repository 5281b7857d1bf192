import BuildEngine
import BuildPlan
internal import Executor
import Terminal
import TestKit
import Testing

@testable import imgtool

@Suite("A build on a terminal")
struct BuildScreenTests {
    private func running(_ columns: Int, _ rows: Int) async throws -> (ScriptedBuild, BuildState) {
        let build = try await ScriptedBuild(.tty, on: ProgressTerminal(columns: columns, rows: rows))
        var state = BuildState(for: build.plan.images.map(\.platform), at: build.now, wantsOutput: false)
        _ = state.apply(.planned(build.plan), at: build.now)
        _ = state.apply(.ended(try build.step("WORKDIR"), .cached), at: build.now)
        for (target, isEmulated) in [("linux/amd64", false), ("linux/arm64", false), ("linux/arm/v7", true)] {
            let step = try build.step("RUN", for: target)
            _ = state.apply(.began(step, isEmulated: isEmulated), at: build.now)
            build.wait(1)
            let text = (1...5).map { "\(target) line \($0)\n" }.joined() + "\n10%\r\u{1B}[1m20%"
            _ = state.apply(.wrote(step, .error, Array(text.utf8)), at: build.now)
        }
        return (build, state)
    }

    @Test("shows the steps at work, how long they take and what they write")
    func panel() async throws {
        let (build, state) = try await running(100, 24)
        let lines = TerminalBuildLog.panel(state, at: build.now, columns: 100, rows: 24)
        #expect(
            lines.map(\.text) == [
                "building linux/amd64, arm64, arm/v7: 1 of 11 steps, 3.0s",
                "      3.0s [linux/amd64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "           linux/amd64 line 4", "           linux/amd64 line 5", "           20%",
                "      2.0s [linux/amd64 → arm64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "           linux/arm64 line 4", "           linux/arm64 line 5", "           20%",
                "      1.0s [linux/amd64 → arm/v7 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .  EMULATED",
                "           linux/arm/v7 line 4", "           linux/arm/v7 line 5", "           20%",
            ])
        let block: [ProgressLine.Style] = [.plain, .dim, .dim, .dim]
        #expect(lines.map(\.style) == [.dim] + block + block + block)
    }

    @Test(
        "never draws more than the screen holds", arguments: [1, 2, 11, 30, 60, 79, 80, 200], [1, 2, 3, 4, 5, 8, 24])
    func bounds(_ columns: Int, _ rows: Int) async throws {
        let (build, state) = try await running(columns, rows)
        let lines = TerminalBuildLog.panel(state, at: build.now, columns: columns, rows: rows)
        #expect(lines.count <= rows - 1)
        #expect(lines.allSatisfy { $0.text.displayWidth <= max(1, columns - 1) })
        #expect(rows < 3 || lines.count >= min(rows - 1, 4))
    }

    @Test("says how many steps there is no room for")
    func more() async throws {
        let (build, state) = try await running(80, 4)
        let lines = TerminalBuildLog.panel(state, at: build.now, columns: 80, rows: 4)
        #expect(lines.count == 3)
        #expect(lines.last?.text == "… and 2 more")
    }

    @Test("ends with what has ended on the screen, and nothing else", .timeLimit(.minutes(1)))
    func pseudoTerminal() async throws {
        let terminal = try PseudoTerminal(columns: 90, rows: 12)
        let build = try await ScriptedBuild(
            .auto, on: ProgressTerminal(descriptor: terminal.device), arguments: ["."],
            writingTo: { DescriptorWriter.write($0, to: terminal.device) })
        build.plans()
        let step = try build.step("RUN GOARCH")
        build.begin(step)
        build.write(step, "compiling main.go\n")
        let layer = build.view.begin("sha256:ab12", detail: "layer", total: 1000)
        try await terminal.wait { $0.contains("compiling main.go") && $0.contains("0 B / 1 kB") }
        #expect(!terminal.screen.hasCursor)
        layer.finish(.done)
        build.end(step, .done(.seconds(2)))
        build.end(try build.step("RUN GOARCH", for: "linux/arm64"), .cached)
        build.finish()
        try await terminal.wait { $0.hasSuffix("\u{1B}[?25h") }
        let screen = terminal.screen
        #expect(screen.hasCursor)
        #expect(
            screen.lines.prefix(3) == [
                "sha256:ab12 layer: done",
                "DONE 2.0s  [linux/amd64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "CACHED     [linux/amd64 → arm64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
            ])
        #expect(screen.lines.dropFirst(3).first?.hasPrefix("linux/amd64:  1 step: 1 ran") == true)
        #expect(!screen.lines.contains { $0.contains("compiling") || $0.contains("building") })
    }
}
