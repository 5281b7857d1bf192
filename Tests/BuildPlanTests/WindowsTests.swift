import BuildPlan
import DockerfileLanguage
import JSON
import OCI
import Testing

@Suite("An image of Windows")
struct WindowsTests {
    private func windows(
        _ text: String, images: Images = Images(), _ change: (inout BuildRequest) -> Void = { _ in }
    ) async throws -> PlannedBuild {
        try await plan(text, for: ["windows/amd64"], images: images, change)
    }

    @Test("on scratch has a back slash as its working directory, and no PATH")
    func scratch() async throws {
        #expect(try await windows("FROM scratch\nCOPY a /").config == #"{"WorkingDir":"\\"}"#)
    }

    @Test(
        "has the shell of Windows where SHELL says nothing",
        arguments: [
            ("CMD foo bar", #""Cmd":["cmd","/S","/C","foo bar"]"#), ("CMD [\"a\"]", #""Cmd":["a"]"#),
            ("ENTRYPOINT foo", #""Entrypoint":["cmd","/S","/C","foo"]"#),
            ("SHELL [\"powershell\", \"-c\"]\nCMD y", #""Cmd":["powershell","-c","y"]"#),
        ])
    func shell(_ instruction: String, _ expected: String) async throws {
        #expect(try await windows("FROM scratch\n\(instruction)").config.contains(expected))
    }

    @Test("gives scripts to the shell, which knows nothing of their first line")
    func script() async throws {
        let plan = try await windows("FROM scratch\nRUN <<E\n#!/bin/x\nE")
        #expect(plan.runs[0].arguments == ["cmd", "/S", "/C", "#!/bin/x\n"])
        #expect(plan.runs[0].mounts == [])
    }

    @Test(
        "has its working directory with back slashes, and makes it with slashes",
        arguments: [
            (#"WORKDIR C:\app"#, #"\app"#, "mkdir /app"), ("WORKDIR /app", #"\app"#, "mkdir /app"),
            (#"WORKDIR c:/a\b\..\c"#, #"\a\c"#, "mkdir /a/c"), (#"WORKDIR app"#, #"\app"#, "mkdir /app"),
            ("WORKDIR /a\nWORKDIR b", #"\a\b"#, "mkdir /a/b"), (#"WORKDIR C:\a`nWORKDIR C:b"#, #"\a\b"#, "mkdir /a/b"),
        ])
    func workingFolder(_ instructions: String, _ folder: String, _ step: String) async throws {
        let lines = instructions.split(separator: "`n").joined(separator: "\n")
        let plan = try await windows("# escape=`\nFROM scratch\n\(lines)")
        #expect(plan.images[0].configuration[runtime: "WorkingDir"]?.string == folder)
        #expect(plan.steps.last?.work.rendering == step)
        #expect(plan.history.last == "WORKDIR \(step.dropFirst("mkdir ".count))")
    }

    @Test("starts where its base image does, however that writes it", arguments: [#"C:\\srv"#, "/srv", #"\\srv\\"#])
    func base(_ folder: String) async throws {
        var images = Images()
        images["base"] = #"{"WorkingDir":"\#(folder)"}"#
        images.change("base") { $0.platforms = ["windows/amd64"] }
        let plan = try await windows("FROM base\nCOPY a b", images: images)
        #expect(plan.rendering.contains("copy context:a to /srv/b"))
        #expect(plan.images[0].configuration[runtime: "WorkingDir"]?.string == #"\srv"#)
    }

    @Test("is said to be of no use when files are put onto another one, once for each stage")
    func layers() async throws {
        var images = Images()
        images.change("base") { $0.platforms = ["windows/amd64"] }
        let text = "FROM base AS a\nENV x=y\nCMD x\nFROM a\nCOPY a /\nWORKDIR /w"
        let plan = try await windows(text, images: images)
        #expect(plan.notes.map { "\($0.range.start.line) \($0.rule.rawValue)" } == ["4 WindowsFiles"])
        #expect(try await windows("FROM base\nCMD x", images: images).notes == [])
        #expect(try await windows("FROM scratch\nCOPY a /").notes == [])
    }

    @Test(
        "has paths of Windows in COPY and ADD",
        arguments: [
            (#"COPY d\b C:\x\"#, "context:d/b to /x/", #"COPY d\b C:\x\ # buildkit"#),
            (#"COPY a rel\z"#, "context:a to /w/rel/z", #"COPY a rel\z # buildkit"#),
            (#"COPY a ."#, "context:a to /w/", "COPY a . # buildkit"),
            (#"ADD C:\a\* C:\"#, "context:/a/* to / unpacked if local", #"ADD C:\a\* C:\ # buildkit"#),
        ])
    func copies(_ instruction: String, _ expected: String, _ history: String) async throws {
        let plan = try await windows("# escape=`\nFROM scratch\nWORKDIR /w\n\(instruction)")
        #expect(plan.steps.last?.work.rendering == "copy \(expected)")
        #expect(plan.history.last == history)
    }

    @Test(
        "has no other drives and no network",
        arguments: [
            ("WORKDIR D:/a", "2:9: \"D:/a\" cannot be used: an image has no drive but C:"),
            ("COPY a C:", "2:8: \"C:\" cannot be used: there is no path after the drive"),
            ("COPY //h/a b", "2:6: \"//h/a\" cannot be used: a path cannot name another machine"),
        ])
    func refused(_ instruction: String, _ message: String) async {
        await expectError("Dockerfile:\(message)", "FROM scratch\n\(instruction)") {
            $0.platforms = [Platform(os: "windows", architecture: "amd64")]
        }
    }
}
