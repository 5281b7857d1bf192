import BuildPlan
import Testing

@Suite("A plan")
struct NeededStepTests {
    static let text = """
        FROM alpine AS Base
        RUN base
        FROM golang AS test
        RUN test
        FROM base AS build
        RUN build
        FROM scratch AS out
        COPY --from=build /a /
        FROM base AS run
        RUN --mount=from=out,target=/o --mount=type=bind,from=test,target=/t run
        """

    @Test(
        "has the steps that its target needs, and looks up only their images",
        arguments: [
            ("base", "0: alpine amd64\n1: 0 run base on amd64\namd64=1", ["alpine linux/amd64"]),
            ("BASE", "0: alpine amd64\n1: 0 run base on amd64\namd64=1", ["alpine linux/amd64"]),
            (
                "out", "0: alpine amd64\n1: 0 run base on amd64\n2: 1 run build on amd64\n3: copy 2:/a to /\namd64=3",
                ["alpine linux/amd64"]
            ),
            ("test", "0: golang amd64\n1: 0 run test on amd64\namd64=1", ["golang linux/amd64"]),
            (
                nil,
                """
                0: alpine amd64
                1: 0 run base on amd64
                2: 1 run build on amd64
                3: copy 2:/a to /
                4: golang amd64
                5: 4 run test on amd64
                6: 1 run run [3:/ at /o] [5:/ at /t] on amd64
                amd64=6
                """, ["alpine linux/amd64", "golang linux/amd64"]
            ),
        ] as [(String?, String, [String])])
    func needed(_ target: String?, _ expected: String, _ asked: [String]) async throws {
        let images = Images()
        let plan = try await plan(Self.text, images: images) { $0.target = target }
        #expect(plan.rendering == expected)
        #expect(images.lookups == asked)
    }

    @Test("has every step behind those that it needs, and at least one place that asks for it")
    func order() async throws {
        let plan = try await plan(Self.text, for: three)
        for (place, step) in plan.steps.enumerated() {
            #expect(step.sources.allSatisfy { $0 < place })
            #expect(step.base.map { $0 < place } ?? true)
            #expect(!plan.uses[place].isEmpty)
        }
    }

    @Test("looks every image up once, whoever asks for it, and the build platform's only for itself")
    func lookups() async throws {
        let images = Images()
        let text = """
            FROM --platform=$BUILDPLATFORM golang AS a
            COPY --from=alpine /x /
            FROM --platform=$BUILDPLATFORM golang AS b
            FROM alpine
            COPY --from=a / /
            COPY --from=b / /
            """
        _ = try await plan(text, for: three, images: images)
        #expect(
            images.lookups == [
                "alpine linux/amd64", "alpine linux/arm/v7", "alpine linux/arm64", "golang linux/amd64",
            ])
    }

    @Test("of a stage without files has no step")
    func nothing() async throws {
        #expect(try await plan("FROM scratch\nENV a=b").rendering == "amd64=-")
        let text = "FROM scratch AS a\nFROM alpine\nCOPY --from=a /x /\nCOPY --from=scratch /y /"
        #expect(
            try await plan(text).rendering == """
                0: alpine amd64
                1: 0 copy nothing:/x to /
                2: 1 copy nothing:/y to /
                amd64=2
                """)
    }

    @Test("finds stages by number for COPY, by name in any case, and the last of several with one name")
    func names() async throws {
        let text = """
            FROM alpine AS one
            RUN a
            FROM golang AS one
            RUN b
            FROM scratch
            COPY --from=0 /a /
            COPY --from=ONE /b /
            """
        #expect(
            try await plan(text).rendering == """
                0: alpine amd64
                1: 0 run a on amd64
                2: copy 1:/a to /
                3: golang amd64
                4: 3 run b on amd64
                5: 2 copy 4:/b to /
                amd64=5
                """)
    }

    @Test("takes a number in a mount's from for an image")
    func mountNumber() async throws {
        var images = Images()
        images["0"] = "{}"
        let text = "FROM golang\nFROM alpine\nRUN --mount=from=0,target=/x y"
        #expect(try await plan(text, images: images).rendering.contains("1: 0 amd64\n2: 0 run y [1:/ at /x]"))
    }
}
