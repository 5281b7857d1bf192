import Concurrency
import TestKit
import Testing

@testable import Terminal

@Suite("A live region")
struct LiveRegionTests {
    private static func lines(_ texts: [String]) -> [ProgressLine] { texts.map { ProgressLine($0) } }

    @Test("shows the live lines below those that stay, whatever was there before")
    func frames() {
        var region = LiveRegion(ProgressTerminal(columns: 20, rows: 6))
        var screen = Screen(columns: 20, rows: 6)
        var expected: [String] = []
        let frames: [(staying: [String], live: [String])] = [
            ([], ["one", "two"]), (["done"], ["a longer line", "x"]), ([], ["short"]),
            ([String(repeating: "w", count: 20)], ["after a full row"]),
            ([String(repeating: "v", count: 47), "z"], ["after a broken line", "1", "2", "3", "4"]),
            ([], []), (["end"], []),
        ]
        for frame in frames {
            let text = region.frame(staying: Self.lines(frame.staying)) { _, _ in Self.lines(frame.live) }
            screen = screen.showing(text)
            expected += frame.staying
            #expect(screen.lines == expected + frame.live)
            #expect(screen.hasCursor == frame.live.isEmpty)
        }
    }

    @Test("writes nothing when nothing is new")
    func silence() {
        var region = LiveRegion(ProgressTerminal(columns: 20, rows: 6))
        #expect(region.frame(staying: []) { _, _ in [] } == "")
        #expect(region.frame(staying: []) { _, _ in Self.lines(["a"]) } != "")
        #expect(region.frame(staying: []) { _, _ in Self.lines(["a"]) } == "")
        #expect(region.frame(staying: []) { _, _ in [] } != "")
        #expect(region.frame(staying: []) { _, _ in [] } == "")
    }

    @Test("never erases a line before it writes it anew")
    func flicker() {
        var region = LiveRegion(ProgressTerminal(columns: 20, rows: 6))
        _ = region.frame(staying: []) { _, _ in Self.lines(["one", "two"]) }
        let text = region.frame(staying: []) { _, _ in Self.lines(["uno", "due"]) }
        #expect(text == "\u{1B}[2A\runo\u{1B}[K\ndue\u{1B}[K\n\u{1B}[J")
    }

    @Test("finds its lines again on a terminal of another width", arguments: [10, 17, 25, 60])
    func resizing(_ columns: Int) {
        let width = Guarded(40)
        var region = LiveRegion(ProgressTerminal(hasColors: false) { (width.withLock { $0 }, 20) })
        let live = [String(repeating: "a", count: 39), "b", String(repeating: "c", count: 20)]
        var screen = Screen(columns: 40, rows: 20)
        screen = screen.showing(region.frame(staying: Self.lines(["stays"])) { _, _ in Self.lines(live) })
        width.withLock { $0 = columns }
        screen = screen.resized(toColumns: columns)
        let text = region.frame(staying: []) { columns, _ in Self.lines(live.map { String($0.prefix(columns - 1)) }) }
        screen = screen.showing(text)
        #expect(screen.lines == ["stays"] + live.map { String($0.prefix(columns - 1)) })
        #expect(screen.showing(region.frame(staying: []) { _, _ in [] }).lines == ["stays"])
    }

    @Test("has colours where they are wanted, for a line or its beginning")
    func colors() {
        #expect(ProgressLine("text", .dim).written(hasColors: true) == "\u{1B}[2mtext\u{1B}[0m")
        #expect(ProgressLine.warning("odd").written(hasColors: true) == "\u{1B}[33mwarning:\u{1B}[0m odd")
        #expect(ProgressLine.warning("odd").written(hasColors: false) == "warning: odd")
        #expect(ProgressLine("text").written(hasColors: true) == "text")
    }
}
