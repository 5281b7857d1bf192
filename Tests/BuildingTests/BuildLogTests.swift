import BuildEngine
import BuildPlan
internal import Executor
import JSON
import OCI
import Terminal
import TestKit
import Testing

@testable import imgtool

@Suite("The log of a build")
struct BuildLogTests {
    /// A build in which everything happens that can happen in one that succeeds.
    private func script(_ build: ScriptedBuild) throws {
        build.plans()
        build.end(try build.step("WORKDIR"), .cached)
        let copy = try build.step("COPY . .")
        build.begin(copy)
        build.wait(0.25)
        build.end(copy, .done(.milliseconds(250)))
        let native = try build.step("RUN GOARCH")
        let cross = try build.step("RUN GOARCH", for: "linux/arm64")
        build.begin(native)
        build.begin(cross)
        build.wait(0.314)
        build.write(native, "go: downloading\nhalf")
        build.write(cross, "warning: \u{1B}[33mslow\u{1B}[0m\n", to: .error)
        build.wait(1)
        build.write(native, " a line\n50%\r100%\nno end")
        build.end(native, .done(.milliseconds(1314)))
        build.end(cross, .done(.seconds(75)))
        build.end(try build.step("RUN GOARCH", for: "linux/arm/v7"), .shared(with: cross))
        build.end(try build.step("COPY --from", for: "linux/arm64"), .cached)
        let check = try build.step("RUN /app", for: "linux/arm64")
        build.begin(check, isEmulated: true)
        build.end(check, .done(.milliseconds(40)))
        build.progress.note(.warned("the cache is slow\u{1B}[2J"))
        build.finish { summary in
            summary.images[0].digest = Digest(of: [1])
            summary.images[0].size = 12_345_678
        }
    }

    private static let summary = [
        "linux/amd64:  sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a  12.3 MB",
        "              3 steps: 2 ran, 1 cached; 2 shared",
        "linux/arm64:  5 steps: 3 ran, 2 cached; 3 shared, 1 emulated",
        "linux/arm/v7: 3 steps: 2 ran, 1 cached; 3 shared",
        "slowest:",
        "  1m15s  [linux/amd64 → arm64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
        "   1.3s  [linux/amd64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
        "   0.3s  [linux/amd64 → amd64, arm64, arm/v7 build 3/4] COPY . .",
        "total: 1.6s",
    ]

    @Test("has the number of the step in each line when it is plain", arguments: [ProgressMode.plain, .auto])
    func plain(_ mode: ProgressMode) async throws {
        let terminal = ProgressTerminal(columns: 80, rows: 24, isTerminal: false)
        let build = try await ScriptedBuild(mode, on: terminal)
        try script(build)
        #expect(
            build.lines == [
                "building linux/amd64, arm64, arm/v7",
                "#3 [linux/amd64 → amd64, arm64, arm/v7 build 2/4] WORKDIR /src  SHARED by 3 platforms",
                "#3 CACHED",
                "#4 [linux/amd64 → amd64, arm64, arm/v7 build 3/4] COPY . .  SHARED by 3 platforms",
                "#4 DONE 0.3s",
                "#5 [linux/amd64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "#9 [linux/amd64 → arm64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "#5 0.31 go: downloading", "#9 0.31 warning: slow", "#5 1.31 half a line", "#5 1.31 100%",
                "#5 1.31 no end", "#5 DONE 1.3s", "#9 DONE 1m15s",
                "#13 [linux/amd64 → arm/v7 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .  "
                    + "SHARED by 2 platforms",
                "#13 SHARED with #9",
                "#10 [linux/arm64 stage-1 2/3] COPY --from=build /out/app /app", "#10 CACHED",
                "#11 [linux/arm64 stage-1 3/3] RUN /app --check  EMULATED", "#11 DONE 0.0s",
                "warning: the cache is slow\\x1b[2J",
            ] + Self.summary)
    }

    @Test("leaves out of the plain log what is more than 2 MiB of a step's output")
    func clip() async throws {
        let build = try await ScriptedBuild(.plain, of: "FROM alpine\nRUN yes", for: ["linux/amd64"])
        build.plans()
        let step = try build.step("RUN")
        build.begin(step)
        for _ in 0..<40 { build.write(step, String(repeating: String(repeating: "y", count: 63) + "\n", count: 1024)) }
        build.end(step, .done(.seconds(1)))
        // The first lines say what is built and what the step is; each line of output is 64 bytes.
        let shown = (2 << 20) / 64
        #expect(build.lines.count == 2 + shown + 2)
        #expect(
            build.lines.suffix(2) == ["#2 the rest of the output is omitted, it exceeds 2 MiB", "#2 DONE 1.0s"])
    }

    @Test("leaves one line for each step on a terminal, no wider than that")
    func terminal() async throws {
        let build = try await ScriptedBuild(.tty)
        try script(build)
        let screen = Screen(columns: 100, rows: 24).showing(build.text)
        #expect(
            screen.lines == [
                "CACHED     [linux/amd64 → amd64, arm64, arm/v7 build 2/4] WORKDIR /src  SHARED by 3 platforms",
                "DONE 0.3s  [linux/amd64 → amd64, arm64, arm/v7 build 3/4] COPY . .  SHARED by 3 platforms",
                "DONE 1.3s  [linux/amd64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "DONE 1m15s [linux/amd64 → arm64 build 4/4] RUN GOARCH=$TARGETARCH go build -o /out/app .",
                "DONE       [linux/amd64 → arm/v7 build 4/4] RUN GOARCH=$TARGETARCH go build…  "
                    + "SHARED by 2 platforms",
                "CACHED     [linux/arm64 stage-1 2/3] COPY --from=build /out/app /app",
                "DONE 0.0s  [linux/arm64 stage-1 3/3] RUN /app --check  EMULATED",
                "warning: the cache is slow\\x1b[2J",
            ] + Self.summary)
        #expect(screen.hasCursor)
    }

    @Test("is nothing but the warnings, each once, when it is quiet")
    func quiet() async throws {
        let build = try await ScriptedBuild(.quiet)
        try script(build)
        build.progress.note(.warned("the cache is slow\u{1B}[2J"))
        #expect(build.text == "warning: the cache is slow\\x1b[2J\n")
    }

    @Test("tells what is done to large layers, and nothing of small ones", arguments: ProgressMode.allCases)
    func layers(_ mode: ProgressMode) async throws {
        let build = try await ScriptedBuild(mode)
        build.plans()
        let step = try build.step("COPY . .")
        build.work(.writing(step: step), size: 5_000_000)
        build.work(.packing(step: step), size: 6_000_000, packing: [4_000_000, 2_000_000])
        build.work(.exporting(to: "out", isArchive: false), size: 7_000_000)
        build.work(.exporting(to: "-", isArchive: true), size: 8_000_000, packing: [8_000_000])
        build.work(.packing(step: step), size: 4_000_000, packing: [4_000_000])
        build.view.close()
        let place = "[linux/amd64 → amd64, arm64, arm/v7 build 3/4]"
        let done = ["5 MB", "6 MB", "7 MB", "8 MB"].map { "done, \($0) in 0.0s" }
        switch mode {
        case .tty:
            #expect(
                Screen(columns: 100, rows: 24).showing(build.text).lines
                    == zip(
                        [
                            "writing files of \(place)", "packing \(place)", "writing files to out",
                            "writing files to standard output",
                        ], done
                    ).map { "\($0): \($1)" })
        case .plain:
            let starts = ["started", "started (6 MB)", "started", "started (8 MB)"]
            let names = ["#4 writing files", "#4 packing", "writing files to out", "writing files to standard output"]
            #expect(
                build.lines.dropFirst()
                    == zip(names, zip(starts, done)).flatMap { ["\($0): \($1.0)", "\($0): \($1.1)"] }[...])
        case .rawjson:
            let ends = build.lines.compactMap { try? JSONValue(parsing: $0.utf8) }.filter { $0["event"] == "done" }
            #expect(ends.map { $0["item"]?.string } == [place, place, "out", "standard output"])
            #expect(ends.map { $0["current"]?.integer } == [5_000_000, 6_000_000, 7_000_000, 8_000_000])
            #expect(
                ends.map { $0["detail"]?.string } == ["writing files", "packing", "writing files", "writing files"])
        case .quiet, .auto: #expect(build.text == "" || mode == .auto)
        }
    }

    @Test("is an object a line for programs")
    func json() async throws {
        let build = try await ScriptedBuild(.rawjson)
        try script(build)
        let time = #"{"time":"2023-11-14T22:13:20.000Z","#
        let go = "RUN GOARCH=$TARGETARCH go build -o /out/app ."
        let all = #"["linux/amd64","linux/arm64","linux/arm/v7"]"#
        #expect(
            build.lines.map { $0.hasPrefix(time) ? String($0.dropFirst(time.count)) : "no time: \($0)" } == [
                #""event":"planned","platforms":\#(all),"steps":15}"#,
                #""event":"cached","step":3,"name":"[linux/amd64 → amd64, arm64, arm/v7 build 2/4] WORKDIR /src","#
                    + #""platforms":\#(all)}"#,
                #""event":"started","step":4,"name":"[linux/amd64 → amd64, arm64, arm/v7 build 3/4] COPY . .","#
                    + #""platforms":\#(all),"emulated":false}"#,
                #""event":"done","step":4,"seconds":0.25}"#,
                #""event":"started","step":5,"name":"[linux/amd64 build 4/4] \#(go)","platforms":["linux/amd64"],"#
                    + #""emulated":false}"#,
                #""event":"started","step":9,"name":"[linux/amd64 → arm64 build 4/4] \#(go)","#
                    + #""platforms":["linux/arm64"],"emulated":false}"#,
                #""event":"output","step":5,"stream":"stdout","data":"go: downloading"}"#,
                #""event":"output","step":9,"stream":"stderr","data":"warning: \u001b[33mslow\u001b[0m"}"#,
                #""event":"output","step":5,"stream":"stdout","data":"half a line"}"#,
                #""event":"output","step":5,"stream":"stdout","data":"50%\r100%"}"#,
                #""event":"output","step":5,"stream":"stdout","data":"no end"}"#,
                #""event":"done","step":5,"seconds":1.314}"#, #""event":"done","step":9,"seconds":75.0}"#,
                #""event":"shared","step":13,"name":"[linux/amd64 → arm/v7 build 4/4] \#(go)","#
                    + #""platforms":["linux/arm/v7"],"with":9}"#,
                #""event":"cached","step":10,"name":"[linux/arm64 stage-1 2/3] COPY --from=build /out/app /app","#
                    + #""platforms":["linux/arm64"]}"#,
                #""event":"started","step":11,"name":"[linux/arm64 stage-1 3/3] RUN /app --check","#
                    + #""platforms":["linux/arm64"],"emulated":true}"#,
                #""event":"done","step":11,"seconds":0.04}"#,
                #""event":"warning","message":"the cache is slow\u001b[2J"}"#,
                #""event":"summary","images":["#
                    + #"{"platform":"linux/amd64","#
                    + #""digest":"sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a","#
                    + #""size":12345678,"ran":2,"cached":1,"shared":2,"emulated":0,"failed":0},"#
                    + #"{"platform":"linux/arm64","ran":3,"cached":2,"shared":3,"emulated":1,"failed":0},"#
                    + #"{"platform":"linux/arm/v7","ran":2,"cached":1,"shared":3,"emulated":0,"failed":0}],"#
                    + #""slowest":[{"step":9,"name":"[linux/amd64 → arm64 build 4/4] \#(go)","seconds":75.0},"#
                    + #"{"step":5,"name":"[linux/amd64 build 4/4] \#(go)","seconds":1.314},"#
                    + #"{"step":4,"name":"[linux/amd64 → amd64, arm64, arm/v7 build 3/4] COPY . .","#
                    + #""seconds":0.25}],"seconds":1.564}"#,
            ])
        for line in build.lines { #expect(throws: Never.self) { try JSONValue(parsing: line.utf8) } }
    }

    @Test("shows what is odd in the Dockerfile, with its lines, once")
    func notes() async throws {
        let dockerfile = "FROM alpine\nMAINTAINER somebody\nCOPY a b\n"
        let build = try await ScriptedBuild(.plain, of: dockerfile, for: ["linux/amd64", "linux/arm64"])
        build.plans()
        build.finish()
        let warning = try #require(build.lines.dropFirst().first)
        #expect(warning.hasPrefix("warning: Dockerfile:2:1: "))
        #expect(warning.hasSuffix("(MaintainerDeprecated)"))
        #expect(build.lines[2...4] == ["  1 | FROM alpine", "  2 | MAINTAINER somebody", "    | ^^^^^^^^^^"])
        #expect(build.lines.filter { $0.hasPrefix("warning:") }.count == 1)
        let quiet = try await ScriptedBuild(.quiet, of: dockerfile, for: ["linux/amd64"])
        quiet.plans()
        quiet.finish()
        #expect(quiet.text == warning + "\n")
    }
}
