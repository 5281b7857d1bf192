import TestKit
import Testing

@Suite("A build for several platforms", .enabled(if: Machine.canBuild))
struct PlatformTests {
    private static let platforms = "linux/amd64,linux/arm64,linux/arm/v7"

    @Test func `runs its first stage here, and says for whom`() async throws {
        try await TemporaryFolder.with { folder in
            try await Builder.shared().build(
                ["--platform", Self.platforms, "-o", "type=local,dest=\(folder.file("out"))"],
                bases: ["golang:alpine": "busybox", "alpine": "busybox"],
                context: Machine.testData("builds/running-on"))
            for (name, platform) in [
                "linux_amd64": "linux/amd64", "linux_arm64": "linux/arm64", "linux_arm_v7": "linux/arm/v7",
            ] {
                let text = try folder.text("out/\(name)/log")
                #expect(text == "I am running on linux/amd64, building for \(platform)\n")
            }
        }
    }

    @Test func `runs programs of other machines, and says that it emulates them`() async throws {
        try await TemporaryFolder.with { folder in
            let shown = try await Builder.shared().build(
                ["--platform", Self.platforms + ",linux/s390x", "-o", "type=local,dest=\(folder.path)"],
                context: Machine.testData("builds/machine"))
            let machines = [
                "linux_amd64": "x86_64", "linux_arm64": "aarch64", "linux_arm_v7": "armv7l", "linux_s390x": "s390x",
            ]
            for (name, machine) in machines {
                #expect(try folder.text("\(name)/machine") == "\(machine)\n")
                let platform = name.dropFirst("linux_".count).replacing("_", with: "/")
                let line = shown.split(separator: "\n").first {
                    $0.contains("[linux/\(platform)") && $0.contains("RUN")
                }
                #expect(line?.contains("EMULATED") == (machine != "x86_64"), "\(name): \(line ?? "no line")")
            }
        }
    }

    @Test("splits where each platform gets another file, and only there", arguments: SplitCase.all)
    func split(_ example: SplitCase) async throws {
        try await Builder.with { builder in
            try await builder.build(
                ["--platform", Self.platforms, "-t", "translate", "-f", example.tool],
                context: Machine.testData("builds/translate"))
            try await builder.succeeds("copy", "store:translate", "oci:\(builder.file("tools")):translate")
            let shown = try await builder.build(
                [
                    "--platform", Self.platforms, "-f", example.dockerfile, "-o",
                    "type=local,dest=\(builder.file("out"))", "--build-context",
                    "translate=oci-layout://\(builder.file("tools")):translate",
                ], bases: ["golang:alpine": "busybox", "alpine": "busybox"],
                context: Machine.testData("builds/split"))
            #expect(try await runs(by: builder) == example.runs)
            let warning = "Dockerfile:3"
            #expect(shown.contains(warning) == (example.dockerfile == "Dockerfile"), "\(shown)")
            #expect(shown.contains("--platform=$BUILDPLATFORM translate AS") == shown.contains(warning), "\(shown)")
            let architectures = try await Tool("sh").output("-c", "cat \(builder.file("out"))/*/architecture")
            #expect(architectures == "amd64\narm64\narm")
        }
    }

    @Test func `runs nothing again when it is asked for the same`() async throws {
        try await Builder.with { builder in
            for _ in 1...2 {
                try await builder.build(
                    ["--platform", Self.platforms], bases: ["golang:alpine": "busybox", "busybox": "busybox"],
                    context: Machine.testData("builds/counted"))
            }
            #expect(try await runs(by: builder) == "3 each\n1 shared")
        }
    }

    /// What has been written to the cache mount by which steps count how often they run.
    private func runs(by builder: Builder) async throws -> String {
        try await builder.build(
            ["-f", "runs.Dockerfile", "-o", "type=local,dest=\(builder.file("runs"))"],
            context: Machine.testData("builds/split"))
        return try await Tool("sh").output("-c", "sed 's/^ *//' '\(builder.file("runs"))/log'")
    }
}

/// A Dockerfile with a tool from an image, and how often its steps run for three platforms.
struct SplitCase: Sendable, CustomStringConvertible {
    let description: String
    /// The Dockerfile of the tool's image.
    let tool: String
    let dockerfile: String
    /// Lines of a count and a step.
    let runs: String

    static let all = [
        SplitCase(
            description: "a tool of the target platform", tool: "Dockerfile", dockerfile: "Dockerfile",
            runs: "3 compile\n3 download"),
        SplitCase(
            description: "a tool of the build platform", tool: "Dockerfile", dockerfile: "fixed.Dockerfile",
            runs: "3 compile\n1 download"),
        SplitCase(
            description: "a tool that is the same for all platforms", tool: "same.Dockerfile", dockerfile: "Dockerfile",
            runs: "3 compile\n1 download"),
    ]
}
