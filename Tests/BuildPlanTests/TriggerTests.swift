import BuildPlan
import DockerfileLanguage
import Testing

@Suite("ONBUILD")
struct TriggerTests {
    @Test("of a base image is carried out before anything else, and is gone then")
    func ofImage() async throws {
        var images = Images()
        images["base"] = #"{"OnBuild":["WORKDIR /app","COPY . .","RUN cat <<E\nx\nE"],"Cmd":["c"]}"#
        let plan = try await plan("FROM base AS a\nRUN own\nFROM a\nRUN other", images: images)
        #expect(
            plan.rendering == """
                0: base amd64
                1: 0 mkdir /app
                2: 1 copy context:. to /app/
                3: 2 run cat <<E
                x
                E in /app on amd64
                4: 3 run own in /app on amd64
                5: 4 run other in /app on amd64
                amd64=5
                """)
        #expect(plan.config == #"{"Cmd":["c"],"WorkingDir":"/app"}"#)
        #expect(plan.uses[1][0].range.description == "ONBUILD of base:1:1")
    }

    @Test("of a stage is carried out in the stage on it, once, and is no part of that one's image")
    func ofStage() async throws {
        let text = """
            FROM alpine AS lib
            RUN lib
            FROM alpine AS a
            ONBUILD COPY --from=lib /x /
            ONBUILD ENV v=1
            RUN a
            FROM a AS b
            RUN b
            FROM b
            RUN c
            """
        let plan = try await plan(text)
        #expect(
            plan.rendering == """
                0: alpine amd64
                1: 0 run a on amd64
                2: 0 run lib on amd64
                3: 1 copy 2:/x to /
                4: 3 run b on amd64
                5: 4 run c on amd64
                amd64=5
                """)
        #expect(plan.environments == [[], [], ["v=1"], ["v=1"]])
        #expect(plan.config == #"{"Env":["PATH=/bin","v=1"]}"#)
        #expect(plan.uses[3][0].range.start.line == 4)
    }

    @Test("of the last stage is for the images that are built on this one")
    func kept() async throws {
        let text = "FROM alpine\nONBUILD RUN <<E\na\nE\nONBUILD add  b /"
        let plan = try await plan(text)
        #expect(plan.config == #"{"OnBuild":["RUN <<E\na\nE","add  b /"]}"#)
        #expect(plan.steps.count == 1)
    }

    @Test("may need images and stages that only show then")
    func moreImages() async throws {
        var images = Images()
        images["base"] =
            #"{"OnBuild":["COPY --from=build /a /","COPY --from=busybox /b /","RUN --mount=from=more,target=/m x"]}"#
        images["more"] = "{}"
        let text = "FROM --platform=$BUILDPLATFORM golang AS build\nRUN make\nFROM base"
        let plan = try await plan(text, for: ["linux/arm64"], images: images)
        #expect(
            plan.rendering == """
                0: base arm64
                1: golang amd64
                2: 1 run make on amd64
                3: 0 copy 2:/a to /
                4: busybox arm64
                5: 3 copy 4:/b to /
                6: more arm64
                7: 5 run x [6:/ at /m] on arm64
                arm64=7
                """)
    }

    @Test(
        "that makes no sense is an error that names the image",
        arguments: [
            ("NOPE x", "ONBUILD of base:1:1: there is no instruction NOPE"),
            ("FROM x", "ONBUILD of base:1:1: FROM cannot be an ONBUILD trigger"),
            ("COPY --from=last /a /", "ONBUILD of base:1:13: the stage last is the stage itself"),
        ] as [(String, String)])
    func errors(_ trigger: String, _ message: String) async throws {
        var images = Images()
        images["base"] = #"{"OnBuild":["\#(trigger)"]}"#
        await expectError(message, "FROM base AS last", images: images)
    }
}
