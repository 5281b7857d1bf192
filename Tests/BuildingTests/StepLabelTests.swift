import BuildPlan
import Terminal
import Testing

@testable import imgtool

@Suite("The label of a step")
struct StepLabelTests {
    private static let all = ["linux/amd64", "linux/arm64", "linux/arm/v7"]

    private func labels(_ dockerfile: String, for platforms: [String]) async throws -> [String] {
        let plan = try await ScriptedBuild(.quiet, of: dockerfile, for: platforms).plan
        return zip(plan.steps.indices, plan.targets).map { StepLabel(of: $0, in: plan, for: $1).text }
    }

    @Test(
        "says for which platforms the step is, and where it runs when that is on another one",
        arguments: [
            ("FROM alpine", ["linux/amd64"], ["[linux/amd64 stage-0 1/1] FROM alpine"]),
            (
                "FROM alpine AS base", ["linux/arm64", "linux/arm/v7"],
                ["[linux/arm64 base 1/1] FROM alpine AS base", "[linux/arm/v7 base 1/1] FROM alpine AS base"]
            ),
            (
                "FROM --platform=linux/amd64 go\nCOPY a b", ["linux/amd64"],
                ["[linux/amd64 stage-0 1/2] FROM --platform=linux/amd64 go", "[linux/amd64 stage-0 2/2] COPY a b"]
            ),
            (
                "FROM --platform=linux/amd64 go\nCOPY a b", ["linux/arm64", "linux/arm/v7"],
                [
                    "[linux/amd64 → arm64, arm/v7 stage-0 1/2] FROM --platform=linux/amd64 go",
                    "[linux/amd64 → arm64, arm/v7 stage-0 2/2] COPY a b",
                ]
            ),
            (
                "FROM --platform=linux/amd64 go\nCOPY a b", ["windows/amd64", "linux/arm64"],
                [
                    "[linux/amd64 → windows/amd64, linux/arm64 stage-0 1/2] FROM --platform=linux/amd64 go",
                    "[linux/amd64 → windows/amd64, linux/arm64 stage-0 2/2] COPY a b",
                ]
            ),
            ("FROM scratch\nCOPY a b", all, ["[linux/amd64, arm64, arm/v7 stage-0 1/1] COPY a b"]),
            (
                "FROM scratch\nCOPY --from=tools /a /b", ["linux/arm64"],
                ["[linux/arm64 stage-0 1/1] FROM tools", "[linux/arm64 stage-0 1/1] COPY --from=tools /a /b"]
            ),
            (
                "FROM scratch\nCOPY a \\\n    b \\\n    c/", ["linux/arm64"], ["[linux/arm64 stage-0 1/1] COPY a b c/"]
            ),
        ])
    func labels(_ dockerfile: String, _ platforms: [String], _ labels: [String]) async throws {
        let found = try await self.labels(dockerfile, for: platforms)
        #expect(found == labels)
    }

    @Test("is that of the first place that asks for the step")
    func first() async throws {
        let dockerfile = """
            FROM scratch AS one
            COPY a b
            FROM scratch AS two
            COPY a b
            COPY c d
            FROM scratch
            COPY --from=one / /one
            COPY --from=two / /two
            """
        let labels = try await labels(dockerfile, for: ["linux/amd64"])
        #expect(
            labels == [
                "[linux/amd64 one 1/1] COPY a b", "[linux/amd64 stage-2 1/2] COPY --from=one / /one",
                "[linux/amd64 two 2/2] COPY c d", "[linux/amd64 stage-2 2/2] COPY --from=two / /two",
            ])
    }
}

@Suite("The lines that a program writes")
struct OutputLinesTests {
    @Test(
        "are shown without what a terminal would obey",
        arguments: [
            ("plain text", "plain text"), ("tab\there", "tab\there"), ("Größe 鯨", "Größe 鯨"),
            ("dos\r", "dos"), ("10%\r50%\r100%", "100%"), ("10%\r\r\r", "10%"),
            ("\u{1B}[1;31mred\u{1B}[0m text", "red text"), ("\u{1B}[2J\u{1B}[Htop", "top"),
            ("\u{1B}]0;title\u{07}shown", "shown"), ("\u{1B}]8;;http://x\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),
            ("\u{1B}(Bcharset", "charset"), ("\u{1B}7saved\u{1B}8", "saved"), ("\u{9B}2Jcsi", "2Jcsi"),
            ("bell\u{07} del\u{7F} nul\u{0}", "bell del nul"), ("cut \u{1B}[", "cut "), ("cut \u{1B}", "cut "),
            ("", ""),
        ])
    func visible(_ line: String, _ text: String) {
        #expect(OutputText.visible(Array(line.utf8)) == text)
    }

    @Test("are complete however the bytes come", arguments: [1, 2, 3, 5, 100])
    func pieces(_ size: Int) {
        let bytes = Array("one\ntwö\n\nthree".utf8)
        var lines = OutputLines()
        var taken: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            taken += lines.take(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        taken += lines.finish()
        #expect(taken.map { String(decoding: $0, as: UTF8.self) } == ["one", "twö", "", "three"])
        #expect(lines.finish() == [])
    }

    @Test(
        "can be left out but for the last ones",
        arguments: [
            ("a\nb\nc\nd\n", ["b", "c", "d"], ""), ("a\nb\nc\nd", ["xa", "b", "c"], "d"),
            ("a\nb\nc\nd\ne", ["b", "c", "d"], "e"), ("a", [], "xa"), ("\n\n\n\n\n", ["", "", ""], ""),
        ])
    func last(_ text: String, _ expected: [String], _ open: String) {
        var lines = OutputLines()
        _ = lines.take(Array("x".utf8))
        let taken = lines.take(Array(text.utf8), last: 3)
        #expect(taken.map { String(decoding: $0, as: UTF8.self) } == expected)
        #expect(String(decoding: lines.open, as: UTF8.self) == open)
    }

    @Test("are cut where they never end")
    func endless() {
        var lines = OutputLines()
        let bytes = [UInt8](repeating: 0x61, count: 3 * OutputLines.longest + 1)
        #expect(lines.take(bytes).map(\.count) == [Int](repeating: OutputLines.longest, count: 3))
        #expect(lines.open.count == 1)
    }
}
