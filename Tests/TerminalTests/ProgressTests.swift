import Concurrency
import Glibc
import JSON
import TestKit
import Testing

@testable import Terminal

@Suite("Progress")
struct ProgressTests {
    /// What a view wrote.
    private final class Output: Sendable {
        private let bytes = Guarded<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
        var lines: [String] { text.split(separator: "\n").map(String.init) }

        func view(_ mode: ProgressMode, _ terminal: ProgressTerminal = .init(columns: 80, rows: 24)) -> ProgressView {
            ProgressView(mode, terminal: terminal) { [self] piece in bytes.withLock { $0 += piece } }
        }
    }

    @Test(
        "has modes with names",
        arguments: [
            ("auto", .auto), ("tty", .tty), ("plain", .plain), ("rawjson", .rawjson), ("quiet", .quiet),
            ("none", .quiet),
            ("", nil), ("TTY", nil), ("fancy", nil),
        ] as [(String, ProgressMode?)])
    func names(_ name: String, _ mode: ProgressMode?) {
        #expect(ProgressMode(parsing: name) == mode)
    }

    @Test(
        "is drawn on a terminal only, unless it is asked for",
        arguments: [
            (.auto, true, "xterm", .tty), (.auto, true, "dumb", .quiet), (.auto, true, "", .quiet),
            (.auto, true, nil, .quiet),
            (.auto, false, "xterm", .quiet), (.tty, false, nil, .tty), (.plain, true, "xterm", .plain),
            (.quiet, true, "xterm", .quiet),
        ] as [(ProgressMode, Bool, String?, ProgressMode)])
    func automatic(_ mode: ProgressMode, _ isTerminal: Bool, _ type: String?, _ resolved: ProgressMode) {
        #expect(mode.resolved(isTerminal: isTerminal, terminal: type) == resolved)
        let otherwise = mode.resolved(isTerminal: isTerminal, terminal: type, otherwise: .plain)
        #expect(otherwise == (mode == .auto && resolved == .quiet ? .plain : resolved))
    }

    @Test("shows lines as they are in every mode", arguments: ProgressMode.allCases)
    func lines(_ mode: ProgressMode) {
        let output = Output()
        let view = output.view(mode)
        view.draw { _, _, _ in [ProgressLine("drawn")] }
        view.show([ProgressLine("first"), .warning("second")])
        view.close()
        view.show([ProgressLine("last")])
        let screen = Screen(columns: 80, rows: 24).showing(output.text)
        #expect(screen.lines == ["first", "warning: second", "last"])
    }

    @Test("leaves the terminal to somebody else, and goes on where it was", arguments: [ProgressMode.tty, .plain])
    func pause(_ mode: ProgressMode) async throws {
        let output = Output()
        let view = output.view(mode)
        view.draw { _, _, _ in [ProgressLine("drawn")] }
        view.note("before")
        if mode == .tty { while !output.text.contains("drawn") { try await Task.sleep(for: .milliseconds(5)) } }
        let text = try await view.pause {
            let text = output.text
            view.note("meanwhile")
            try await Task.sleep(for: .milliseconds(250))
            #expect(output.text == text)
            return text
        }
        let screen = Screen(columns: 80, rows: 24).showing(text)
        #expect(screen.lines == ["before"])
        #expect(screen.hasCursor)
        view.close()
        #expect(Screen(columns: 80, rows: 24).showing(output.text).lines == ["before", "meanwhile"])
    }

    @Test("draws a panel above the transfers, together no higher than the screen", arguments: [2, 3, 5, 24])
    func panel(_ rows: Int) {
        var state = ProgressState()
        var renderer = TerminalProgress(.init(columns: 100, rows: rows))
        let start = ProgressTime(seconds: 0, wall: 0)
        for number in 1...30 { _ = state.begin("item\(number)", detail: "", total: nil, at: start) }
        state.panel = { _, _, rows in (0..<max(0, rows - 1)).map { ProgressLine("panel \($0)") } }
        let lines = Screen(columns: 100, rows: rows).showing(renderer.tick(&state, at: start)).lines
        #expect(lines.count == rows - 1)
        #expect(lines.last?.hasPrefix("…") == true || lines.last?.hasPrefix("item") == true)
    }

    /// Everything that can happen to a view.
    private func use(_ view: ProgressView) {
        let layer = view.begin("sha256:ab12", detail: "layer", total: 2_000_000)
        view.note("waiting for registry.example")
        layer.advance(by: 1_500_000)
        layer.advance(by: -500_000)
        let config = view.begin("sha256:cd34")
        config.finish(.skipped("exists"))
        config.finish(.failed("never shown"))
        view.warn("the digest header is wrong")
        view.warn("the digest header is wrong")
        view.begin("sha256:0123").finish(.cancelled)
        view.begin("sha256:ef56", detail: "layer", total: 0).finish(.mounted)
        layer.finish(.failed("connection\nreset\u{1B}[2J"))
        view.close()
        view.close()
        view.note("after the end")
        view.warn("late")
    }

    @Test("is silent when it is quiet, but for each warning once")
    func quiet() {
        for (mode, terminal) in [
            (ProgressMode.quiet, ProgressTerminal(columns: 80, rows: 24)),
            (.auto, ProgressTerminal(columns: 80, rows: 24, isTerminal: false)),
        ] {
            let output = Output()
            use(output.view(mode, terminal))
            #expect(output.text == "warning: the digest header is wrong\nwarning: late\n")
        }
    }

    @Test("is a line for each beginning and end when it is plain, and obeys no control characters")
    func plain() {
        let output = Output()
        use(output.view(.plain))
        #expect(
            output.lines == [
                "sha256:ab12 layer: started (2 MB)", "waiting for registry.example", "sha256:cd34: started",
                "sha256:cd34: skipped, exists", "warning: the digest header is wrong",
                "sha256:0123: started", "sha256:0123: canceled", "sha256:ef56 layer: started (0 B)",
                "sha256:ef56 layer: mounted", "sha256:ab12 layer: failed: connection reset\\x1b[2J", "warning: late",
            ])
    }

    @Test("is JSON for programs")
    func json() throws {
        let output = Output()
        use(output.view(.rawjson))
        let objects = try output.lines.dropLast().map { try JSONValue(parsing: $0.utf8) }
        let summary = objects.filter { $0["event"] != "running" }.map { object in
            ["event", "item", "detail", "current", "total", "message", "error"].compactMap { name in
                object[name].map { $0.string ?? "\($0.integer ?? -1)" }
            }.joined(separator: " ")
        }
        #expect(
            summary == [
                "started sha256:ab12 layer 0 2000000", "note waiting for registry.example", "started sha256:cd34 0",
                "skipped sha256:cd34 0 exists", "warning the digest header is wrong", "started sha256:0123 0",
                "canceled sha256:0123 0", "started sha256:ef56 layer 0 0",
                "mounted sha256:ef56 layer 0 0", "failed sha256:ab12 layer 1000000 2000000 connection\nreset\u{1B}[2J",
            ])
        for object in objects {
            let stamp = try #require(object["time"]?.string)
            #expect(stamp.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        }
        #expect(output.lines.last == "warning: late")
    }

    @Test("tells programs of what has gone on since the last time")
    func jsonTicks() {
        var state = ProgressState()
        var renderer = JSONProgress()
        let start = ProgressTime(seconds: 1, wall: 1_700_000_000_123_000_000)
        let item = state.begin("a", detail: "", total: 10, at: start)
        _ = state.begin("b", detail: "", total: nil, at: start)
        #expect(renderer.tick(&state, at: start).isEmpty)
        state.advance(item.id, by: 4)
        let line = #"{"time":"2023-11-14T22:13:20.123Z","event":"running","item":"a","current":4,"total":10}"#
        #expect(renderer.tick(&state, at: start) == line + "\n")
        #expect(renderer.tick(&state, at: start).isEmpty)
    }

    @Test("leaves on a terminal what has ended, and the cursor as it was")
    func terminal() {
        let output = Output()
        use(output.view(.tty))
        let screen = Screen(columns: 80, rows: 24).showing(output.text)
        #expect(
            screen.lines == [
                "waiting for registry.example", "sha256:cd34: skipped, exists", "warning: the digest header is wrong",
                "sha256:ef56 layer: mounted", "sha256:ab12 layer: failed: connection reset\\x1b[2J", "warning: late",
            ])
        #expect(screen.hasCursor)
        #expect(!output.text.contains("\u{1B}[3"))
    }

    @Test("uses colours where they are wanted")
    func colors() {
        let output = Output()
        use(output.view(.tty, .init(columns: 80, rows: 24, hasColors: true)))
        #expect(output.text.contains("\u{1B}[33mwarning:\u{1B}[0m the digest"))
        #expect(output.text.contains("\u{1B}[31msha256:ab12 layer: failed"))
    }

    @Test("draws running items below what has ended")
    func drawing() {
        var state = ProgressState()
        var renderer = TerminalProgress(.init(columns: 100, rows: 5))
        let start = ProgressTime(seconds: 0, wall: 0)
        let later = ProgressTime(seconds: 2, wall: 0)
        let items = (1...6).map { state.begin("item\($0)", detail: "layer", total: 10_000_000, at: start) }
        state.advance(items[0].id, by: 5_000_000)
        var text = renderer.tick(&state, at: later)
        var screen = Screen(columns: 100, rows: 5).showing(text)
        #expect(
            screen.lines == [
                "item1 layer  [===============>              ]  5 MB / 10 MB  2.5 MB/s  2.0s",
                "item2 layer  [>                             ]  0 B / 10 MB",
                "item3 layer  [>                             ]  0 B / 10 MB", "… and 3 more",
            ])
        #expect(!screen.hasCursor)
        for item in items.dropLast(2) {
            if let ended = state.finish(item.id) { text += renderer.show(.ended(ended, .done), state, at: later) }
        }
        text += renderer.tick(&state, at: later)
        screen = Screen(columns: 100, rows: 20).showing(text)
        #expect(
            screen.lines == [
                "item1 layer: done, 5 MB in 2.0s, 2.5 MB/s", "item2 layer: done", "item3 layer: done",
                "item4 layer: done",
                "item5 layer  [>                             ]  0 B / 10 MB",
                "item6 layer  [>                             ]  0 B / 10 MB",
            ])
        screen = Screen(columns: 100, rows: 20).showing(text + renderer.close())
        #expect(screen.lines.count == 4)
        #expect(screen.hasCursor)
    }

    @Test("never draws more than the screen holds", arguments: [1, 2, 10, 20, 40, 79, 80, 200], [1, 2, 3, 24])
    func bounds(_ columns: Int, _ rows: Int) {
        var state = ProgressState()
        let start = ProgressTime(seconds: 0, wall: 0)
        for name in ["sha256:0123456789ab", "short", "ein 鯨 mit Größe", String(repeating: "long", count: 60)] {
            let item = state.begin(name, detail: "layer", total: Int64.max, at: start)
            state.advance(item.id, by: 123_456_789)
        }
        let later = ProgressTime(seconds: 100, wall: 0)
        let lines = TerminalProgress.lines(state.running, at: later, columns: columns, rows: rows)
        #expect(lines.count <= max(1, rows - 1))
        #expect(lines.allSatisfy { $0.displayWidth <= max(1, columns - 1) })
    }

    @Test("can be reported by many tasks at once")
    func manyTasks() async {
        let output = Output()
        let view = output.view(.plain)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let item = view.begin("item\(number)", total: 1000)
                    for _ in 0..<100 { item.advance(by: 10) }
                    item.finish(.done)
                    view.warn("once")
                }
            }
        }
        view.close()
        #expect(output.lines.filter { $0.contains(": done, 1 kB in ") }.count == 50)
        #expect(output.lines.filter { $0 == "warning: once" }.count == 1)
        #expect(output.lines.count == 101)
    }

    @Test("redraws by itself while something is running")
    func timer() async throws {
        let output = Output()
        let view = output.view(.tty)
        let item = view.begin("item", total: 10)
        while !output.text.contains("0 B / 10 B") { try await Task.sleep(for: .milliseconds(5)) }
        item.advance(by: 7)
        while !output.text.contains("7 B / 10 B") { try await Task.sleep(for: .milliseconds(5)) }
        item.finish(.done)
        view.close()
        #expect(
            Screen(columns: 80, rows: 24).showing(output.text).lines.first?.hasPrefix("item: done, 7 B in ") == true)
    }

    @Test("knows a real terminal from a pipe, and survives a reader that has gone")
    func descriptors() throws {
        // The controlling side of a pseudo-terminal is a terminal itself; its size is not set.
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        defer { close(terminal) }
        #expect(ProgressTerminal(descriptor: terminal).isTerminal)
        #expect(ProgressTerminal(descriptor: terminal).size() == (80, 24))

        var pipes: [Int32] = [0, 0]
        try #require(pipe(&pipes) == 0)
        #expect(!ProgressTerminal(descriptor: pipes[1]).isTerminal)
        DescriptorWriter.write(Array("drawn".utf8), to: pipes[1])
        var bytes = [UInt8](repeating: 0, count: 10)
        #expect(read(pipes[0], &bytes, 10) == 5)
        close(pipes[0])
        signal(SIGPIPE, SIG_IGN)
        DescriptorWriter.write([1, 2, 3], to: pipes[1])
        close(pipes[1])
    }
}
