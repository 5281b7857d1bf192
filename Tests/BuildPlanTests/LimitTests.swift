import BuildPlan
import DockerfileLanguage
import JSON
import OCI
import Testing

/// A line so many times.
private func repeated(_ line: String, _ count: Int) -> String {
    Array(repeating: line, count: count).joined(separator: "\n")
}

private let deep = String(repeating: "/a", count: 100_000)
private let half = String(repeating: "x", count: 1 << 19)

/// None of these measures time: they end at once, or this suite does not.
@Suite("A Dockerfile that wants to be too much")
struct LimitTests {
    private static let excesses: [(String, String)] = [
        ("ENV a=x\n" + repeated("ENV a=$a$a", 60), "more than 1 MiB"),
        ("ENV a=x\n" + repeated("ENV a=\"${a}$a\"", 60), "more than 1 MiB"),
        ("ENV a=x\n" + repeated("ENV a=${a//x/xx}", 60), "more than 1 MiB"),
        ("ARG a=x\n" + repeated("ARG a=$a$a", 60), "more than 1 MiB"),
        ("ENV a=\(half)\nCOPY <<E /f\n$a$a$a\nE", "more than 1 MiB"),
        (repeated("COPY <<E /f\nE", 20_000), "more than 5000 layers"),
        (repeated("WORKDIR /d", 5001), "more than 5000 layers"),
    ]

    private func lines(_ count: Int, _ line: (Int) -> String) -> String {
        (0..<count).map(line).joined(separator: "\n")
    }

    @Test("may have stages on stages, and files of stages, in any number")
    func chains() async throws {
        let stages = "FROM scratch AS s0\n" + lines(5000) { "FROM s\($0) AS s\($0 + 1)\nENV a=\($0)\nLABEL l\($0)=x" }
        let plan = try await plan(stages)
        #expect(plan.images[0].history.count == 10_000)
        #expect(plan.images[0].configuration[runtime: "Labels"]?.object?.members.count == 5000)
        let files =
            "FROM scratch AS s0\nCOPY a /\n"
            + lines(2000) { "FROM scratch AS s\($0 + 1)\nCOPY --from=s\($0) / /" }
        #expect(try await BuildPlanTests.plan(files).steps.count == 2001)
    }

    @Test("may mount files of stages in any number, one from the other")
    func mounts() async throws {
        let text =
            "FROM alpine AS s0\n"
            + lines(1000) { "FROM alpine AS s\($0 + 1)\nRUN --mount=from=s\($0),target=/x x" }
        #expect(try await plan(text).steps.count == 1001)
    }

    @Test("may say in any number what an image only lists")
    func lists() async throws {
        let text =
            "FROM scratch\n"
            + lines(3000) { "LABEL l\($0)=x\nEXPOSE \($0 + 1)\nVOLUME /v\($0)\nARG a\($0)\nONBUILD ENV a=\($0)" }
        let configuration = try await plan(text).images[0].configuration
        for field in ["Labels", "ExposedPorts", "Volumes"] {
            #expect(configuration[runtime: field]?.object?.members.count == 3000)
        }
        #expect(configuration.strings("OnBuild").count == 3000)
    }

    @Test("is told at which line it has become that")
    func refused() async throws {
        for (instructions, reason) in Self.excesses {
            let error = await #expect(throws: DockerfileError.self) { try await plan("FROM scratch\n\(instructions)") }
            #expect(error?.reason.contains(reason) == true, "\(error?.description.prefix(300) ?? "")")
        }
    }

    @Test("cannot make each of many steps see each of many variables")
    func variables() async throws {
        let text =
            "FROM alpine\n" + lines(2000) { "ENV a\($0)=\(String(repeating: "x", count: 100))" } + "\n"
            + lines(2000) { "RUN \($0)" }
        let error = await #expect(throws: DockerfileError.self) { try await plan(text) }
        #expect(error?.reason.contains("has grown beyond") == true)
    }

    @Test("cannot repeat a long value in each of many lines of the history")
    func history() async throws {
        let text =
            "FROM scratch\nENV a=\(String(repeating: "x", count: 500_000))\n"
            + repeated("LABEL b=$a", 400)
        await #expect(throws: DockerfileError.self) { try await plan(text + "\n" + lines(1000) { "LABEL c\($0)=$a" }) }
    }

    @Test("cannot carry out many triggers in each of many stages")
    func triggers() async throws {
        let text =
            "FROM scratch AS a\n" + lines(3000) { "ONBUILD LABEL a\($0)=b" } + "\nFROM a AS s0\n"
            + lines(3000) { "FROM a AS s\($0 + 1)\nCOPY --from=s\($0) / /" }
        let error = await #expect(throws: DockerfileError.self) { try await plan(text) }
        #expect(error?.reason.contains("has grown beyond") == true)
    }

    @Test("cannot make patterns compare long values for long")
    func patterns() async throws {
        let text = "FROM scratch\nENV a=\(String(repeating: "x", count: 20_000))\nLABEL b=${a//x*y/z}"
        let error = await #expect(throws: DockerfileError.self) { try await plan(text) }
        #expect(error?.reason.contains("takes too long") == true)
    }

    @Test("is told of a path that no system takes")
    func paths() async throws {
        for instruction in [
            "COPY f \(deep)", "WORKDIR \(deep)", "COPY .\(deep) /", repeated("WORKDIR d", 3000),
            "RUN --mount=type=tmpfs,target=\(deep) x",
        ] {
            let error = await #expect(throws: DockerfileError.self) { try await plan("FROM alpine\n\(instruction)") }
            #expect(error?.reason == "a path must have less than 4096 bytes")
        }
    }

    @Test("may name each port often")
    func ports() async throws {
        let text = "FROM scratch\nEXPOSE 1-65535 1-65535/udp 1-65535\nEXPOSE 1-65535"
        let configuration = try await plan(text).images[0].configuration
        #expect(configuration[runtime: "ExposedPorts"]?.object?.members.count == 2 * 65535)
        await #expect(throws: DockerfileError.self) {
            try await plan("FROM scratch\nEXPOSE" + String(repeating: " 1-65535", count: 1100))
        }
    }

    @Test("may have thousands of heredocs, and no ONBUILD in ONBUILD in ONBUILD")
    func nesting() async throws {
        let heredocs =
            "FROM scratch\nCOPY " + (0..<3000).map { "<<E\($0)" }.joined(separator: " ") + " /d/\n"
            + lines(3000) { "E\($0)" }
        #expect(try await plan(heredocs).steps.count == 1)
        let onbuild = "FROM scratch\n" + String(repeating: "ONBUILD ", count: 100_000) + "RUN <<E\nE"
        await #expect(throws: DockerfileError.self) { try await plan(onbuild) }
    }

    @Test("finds the stage of a name among many of that name")
    func names() async throws {
        let text = "FROM scratch AS a\n" + repeated("FROM a AS a", 5000)
        #expect(try await plan(text).images[0].step == nil)
    }

    @Test(
        "cannot give a file a name that is none",
        arguments: ["COPY <<.. /d/\n..", "COPY <<. /d/\n.", "COPY <<a/../../b /d/\na/../../b", "ADD <<.. /d\n.."])
    func heredocNames(_ instruction: String) async throws {
        let error = await #expect(throws: DockerfileError.self) { try await plan("FROM scratch\n\(instruction)") }
        #expect(error?.reason.contains("cannot be the name of a file") == true)
    }

    @Test(
        "cannot fetch a file without a name",
        arguments: ["http://h/a/..", "http://h/.", "https://h/..?x=/y", "http://h/../#/z"])
    func addresses(_ address: String) async throws {
        let error = await #expect(throws: DockerfileError.self) { try await plan("FROM scratch\nADD \(address) /d/") }
        #expect(error?.reason.contains("does not end in the name of a file") == true)
    }
}
