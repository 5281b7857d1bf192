import BuildPlan
import JSON
import OCI
import Testing

@Suite("The platform of an image")
struct PlatformTests {
    @Test(
        "is the one that was asked for, normalized, and of the best files that there are",
        arguments: [
            ("linux/arm64/v8", "0: alpine arm64", "linux/arm64", "arm64", ""),
            ("linux/arm", "0: alpine arm/v7", "linux/arm/v7", "arm", "v7"),
            ("linux/arm/v8", "0: alpine arm/v7", "linux/arm/v8", "arm", "v8"),
            ("linux/amd64/v2", "0: alpine amd64", "linux/amd64/v2", "amd64", "v2"),
            ("linux/x86_64", "0: alpine amd64", "linux/amd64", "amd64", ""),
        ])
    func normalized(
        _ platform: String, _ step: String, _ name: String, _ architecture: String, _ variant: String
    ) async throws {
        let plan = try await plan("FROM alpine\nARG TARGETPLATFORM TARGETARCH TARGETVARIANT\nRUN x", for: [platform])
        #expect(plan.rendering.hasPrefix(step))
        #expect(
            plan.environments == [
                ["TARGETPLATFORM=\(name)", "TARGETARCH=\(architecture)", "TARGETVARIANT=\(variant)"]
            ])
        #expect(plan.images[0].platform.description == name)
        #expect(plan.images[0].configuration["architecture"]?.string == architecture)
        #expect(plan.images[0].configuration["variant"]?.string ?? "" == variant)
        #expect(plan.notes.isEmpty)
    }

    @Test("has its own variables, and those of the machine that builds")
    func variables() async throws {
        let plan = try await plan(
            "FROM alpine\nARG BUILDPLATFORM BUILDOS BUILDARCH BUILDVARIANT TARGETOS TARGETSTAGE\nRUN x",
            for: ["linux/arm64"])
        #expect(
            plan.environments[0] == [
                "BUILDPLATFORM=linux/amd64", "BUILDOS=linux", "BUILDARCH=amd64", "BUILDVARIANT=", "TARGETOS=linux",
                "TARGETSTAGE=default",
            ])
    }

    @Test("of an image that is there for another one only is the target's, made of the files that there are")
    func onlyOther() async throws {
        let plan = try await plan("FROM x86only\nRUN x", for: ["linux/amd64", "linux/arm64"])
        #expect(
            plan.rendering == """
                0: x86only amd64
                1: 0 run x on amd64
                amd64=1 arm64=1
                """)
        #expect(plan.images.map { $0.configuration["architecture"]?.string } == ["amd64", "arm64"])
        #expect(
            plan.noteLines == [
                "1: InvalidBaseImagePlatform: x86only is only available for linux/amd64, not for linux/arm64"
            ])
    }

    @Test("that ends in a stage of another one is said to be made of foreign files")
    func foreignEnd() async throws {
        let text = "FROM --platform=$BUILDPLATFORM alpine AS base\nFROM base AS end\nRUN x"
        let plan = try await plan(text, for: ["linux/amd64", "linux/arm64"])
        #expect(
            plan.noteLines == [
                "2: InvalidBaseImagePlatform: the image for linux/arm64 is made of files for linux/amd64; build end on "
                    + "a FROM without --platform=$BUILDPLATFORM"
            ])
    }

    @Test("is the target's in a stage on scratch, whatever --platform says, and the stage's own in one on a stage")
    func ignoredFlags() async throws {
        let plan = try await plan(
            """
            FROM --platform=$BUILDPLATFORM scratch AS files
            COPY sh /
            RUN x
            FROM --platform=$BUILDPLATFORM golang AS a
            FROM --platform=$TARGETPLATFORM a
            RUN y
            COPY --from=files / /
            """, for: ["linux/arm64"])
        #expect(plan.rendering.contains("run x on arm64"))
        #expect(plan.rendering.contains("run y on amd64"))
        #expect(plan.noteLines.contains { $0.hasPrefix("5: FromPlatformIgnored:") })
    }

    @Test(
        "of a stage is only said to be kept where another one is asked for",
        arguments: [
            ("FROM alpine AS a\nFROM --platform=linux/arm64 a", ["linux/arm64"], ""),
            ("FROM alpine AS a\nFROM --platform=$TARGETPLATFORM a", three, ""),
            ("FROM --platform=$BUILDPLATFORM alpine AS a\nFROM --platform=$BUILDPLATFORM a", ["linux/amd64"], ""),
            ("FROM scratch AS a\nFROM --platform=linux/arm64/v8 a\nCOPY a /", ["linux/arm64"], ""),
            ("FROM x86only AS a\nFROM --platform=linux/arm64 a", ["linux/arm64"], ""),
            ("FROM alpine AS a\nFROM --platform=linux/arm64 a AS b\nFROM b", ["linux/amd64"], "linux/amd64"),
            ("FROM alpine AS a\nFROM --platform=linux/amd64 a", ["linux/amd64", "linux/arm64"], "linux/arm64"),
        ] as [(String, [String], String)])
    func kept(_ text: String, _ platforms: [String], _ kept: String) async throws {
        let lines = try await plan(text, for: platforms).noteLines.filter { $0.contains("FromPlatformIgnored") }
        let message =
            "2: FromPlatformIgnored: a is a stage for \(kept) and stays one, so --platform does nothing here; "
        #expect(lines == (kept.isEmpty ? [] : [message + "put it on the FROM of a"]))
    }

    @Test("keeps the version of the operating system that the base image has")
    func systemVersion() async throws {
        var images = Images()
        images.change("windows") {
            $0.platforms = ["windows/amd64"]
            $0.configuration["os.version"] = "10.0.20348.1"
            $0.configuration["os.features"] = ["win32k"]
        }
        let windows = try await plan("FROM windows\nCOPY a /", for: ["windows/amd64"], images: images)
        #expect(windows.images[0].configuration["os.version"] == "10.0.20348.1")
        #expect(windows.images[0].configuration["os.features"] == ["win32k"])
        let linux = try await plan("FROM windows\nCOPY a /", images: images)
        #expect(linux.images[0].configuration["os.version"] == nil)
    }
}
