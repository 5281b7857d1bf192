import BuildPlan
import DockerfileLanguage
import Testing

/// What several platforms have in common is done once.
@Suite("Steps of several platforms")
struct SharingTests {
    @Test("are one step in a stage that is built natively, until it knows what it is for")
    func crossCompiling() async throws {
        let plan = try await plan(
            """
            FROM --platform=$BUILDPLATFORM golang AS build
            WORKDIR /src
            COPY . .
            RUN fetch
            ARG TARGETARCH
            RUN build
            FROM alpine
            COPY --from=build /out /app
            """, for: three)
        #expect(
            plan.rendering == """
                0: alpine amd64
                1: golang amd64
                2: 1 mkdir /src
                3: 2 copy context:. to /src/
                4: 3 run fetch in /src on amd64
                5: 4 run build in /src on amd64
                6: 0 copy 5:/out to /app
                7: alpine arm64
                8: 4 run build in /src on amd64
                9: 7 copy 8:/out to /app
                10: alpine arm/v7
                11: 4 run build in /src on amd64
                12: 10 copy 11:/out to /app
                amd64=6 arm64=9 arm/v7=12
                """)
        #expect(plan.environments == [[], ["TARGETARCH=amd64"], ["TARGETARCH=arm64"], ["TARGETARCH=arm"]])
        #expect(plan.notes.isEmpty)
    }

    @Test("differ from the line on that declares the target, needed or not; files do not know of it")
    func declaredEarly() async throws {
        let plan = try await plan(
            """
            FROM --platform=$BUILDPLATFORM golang
            ARG TARGETARCH
            COPY . /src
            RUN fetch
            COPY bin/$TARGETARCH /bin/
            """, for: ["linux/amd64", "linux/arm64"])
        #expect(
            plan.rendering == """
                0: golang amd64
                1: 0 copy context:. to /src
                2: 1 run fetch on amd64
                3: 2 copy context:bin/amd64 to /bin/
                4: 1 run fetch on amd64
                5: 4 copy context:bin/arm64 to /bin/
                amd64=3 arm64=5
                """)
    }

    @Test("are one to the end when nothing tells the platforms apart")
    func samePlatformTwice() async throws {
        let plan = try await plan("FROM scratch\nCOPY a /\nWORKDIR /b", for: three)
        #expect(
            plan.rendering == """
                0: copy context:a to /
                1: 0 mkdir /b
                amd64=1 arm64=1 arm/v7=1
                """)
        #expect(
            plan.uses.map { $0.map(\.target.short) } == [["amd64", "arm64", "arm/v7"], ["amd64", "arm64", "arm/v7"]])
    }

    @Test("know who asks for them: which of the stage's steps it is, for which platform, in which line")
    func uses() async throws {
        let plan = try await plan(
            """
            FROM --platform=$BUILDPLATFORM golang AS base
            RUN \\
              one
            FROM base AS build
            RUN two
            COPY --from=busybox /bin/sh /
            FROM scratch
            COPY --from=build /a /
            """, for: ["linux/arm64"])
        let lines = plan.uses.flatMap { $0 }.map { use in
            "\(use.platform.short)→\(use.target.short) \(use.stage) \(use.number)/\(use.count) "
                + "\(use.text) :\(use.range.start.line)"
        }
        #expect(
            lines == [
                "amd64→arm64 base 1/2 FROM --platform=$BUILDPLATFORM golang AS base :1",
                "amd64→arm64 base 2/2 RUN   one :2",
                "amd64→arm64 build 1/2 RUN two :5",
                "amd64→arm64 build 2/2 FROM busybox :6",
                "amd64→arm64 build 2/2 COPY --from=busybox /bin/sh / :6",
                "arm64→arm64 stage-2 1/1 COPY --from=build /a / :8",
            ])
    }

    @Test("are equal wherever they are written")
    func equalStages() async throws {
        let plan = try await plan(
            """
            FROM alpine AS a
            RUN x
            FROM alpine AS b
            RUN x
            FROM scratch
            COPY --from=a /a /
            COPY --from=b /b /
            """)
        #expect(
            plan.rendering == """
                0: alpine amd64
                1: 0 run x on amd64
                2: copy 1:/a to /
                3: 2 copy 1:/b to /
                amd64=3
                """)
        #expect(plan.uses[1].map(\.stage) == ["a", "b"])
        #expect(plan.uses[0].map { "\($0.stage) \($0.number)/\($0.count)" } == ["a 1/2", "b 1/2"])
    }

    // MARK: Files of images

    @Test("split where a native stage takes files of an image, which is the target's, and that is said")
    func imageInNativeStage() async throws {
        let plan = try await plan(
            """
            FROM --platform=$BUILDPLATFORM golang AS base
            FROM base AS build
            COPY --from=busybox /bin/sh /sh
            RUN make
            """, for: ["linux/amd64", "linux/arm64"])
        #expect(
            plan.rendering == """
                0: golang amd64
                1: busybox amd64
                2: 0 copy 1:/bin/sh to /sh
                3: 2 run make on amd64
                4: busybox arm64
                5: 0 copy 4:/bin/sh to /sh
                6: 5 run make on amd64
                amd64=3 arm64=6
                """)
        #expect(plan.noteLines.count == 2)
        #expect(
            plan.noteLines[0]
                == "3: TargetPlatformImage: busybox is taken for the target platform, so this stage is built once for "
                + "each platform from here on; write FROM --platform=$BUILDPLATFORM busybox AS busybox above it and "
                + "use --from=busybox")
    }

    @Test("do not split where a stage of the build platform stands for that image")
    func aliasStage() async throws {
        let plan = try await plan(
            """
            FROM --platform=$BUILDPLATFORM busybox AS busybox
            FROM --platform=$BUILDPLATFORM golang AS build
            COPY --from=busybox /bin/sh /sh
            RUN --mount=from=busybox,target=/box make
            FROM alpine
            COPY --from=build /out /
            """, for: ["linux/amd64", "linux/arm64"])
        #expect(
            plan.rendering == """
                0: alpine amd64
                1: golang amd64
                2: busybox amd64
                3: 1 copy 2:/bin/sh to /sh
                4: 3 run make [2:/ at /box] on amd64
                5: 0 copy 4:/out to /
                6: alpine arm64
                7: 6 copy 4:/out to /
                amd64=5 arm64=7
                """)
        #expect(plan.notes.isEmpty)
    }

    @Test("split by an image of a mount, too")
    func imageOfMount() async throws {
        let text = "FROM --platform=linux/amd64 golang\nRUN --mount=from=example.com/tools:2,target=/t make"
        let plan = try await plan(text, for: ["linux/arm64"])
        #expect(plan.rendering.contains("run make [1:/ at /t] on amd64"))
        #expect(plan.rendering.contains("1: example.com/tools:2 arm64"))
        #expect(plan.noteLines.contains { $0.hasPrefix("2: TargetPlatformImage: example.com/tools:2 is taken") })
    }

    @Test("are not said to split where the image's files are the same for all")
    func imageWithoutChoice() async throws {
        let text = "FROM --platform=$BUILDPLATFORM golang\nCOPY --from=x86only / /x"
        let plan = try await plan(text, for: ["linux/arm64"])
        #expect(!plan.noteLines.contains { $0.contains("TargetPlatformImage") })
        #expect(
            plan.noteLines.contains(
                "2: InvalidBaseImagePlatform: x86only is only available for linux/amd64, not for linux/arm64"))
    }

    @Test("are silent about what the file says to skip")
    func skipped() async throws {
        let text = """
            # check=skip=TargetPlatformImage,InvalidBaseImagePlatform
            FROM --platform=$BUILDPLATFORM golang
            COPY --from=busybox / /x
            """
        #expect(try await plan(text, for: ["linux/arm64"]).notes.isEmpty)
    }
}
