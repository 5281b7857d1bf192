import BuildPlan
import Testing

@Suite("--build-context")
struct ContextTests {
    @Test(
        "stands for an image, with or without the default registry and tag",
        arguments: [
            ("alpine", "alpine"), ("alpine", "alpine:latest"), ("alpine", "docker.io/library/alpine"),
            ("alpine:latest", "alpine"), ("docker.io/library/alpine:latest", "alpine"),
            ("alpine", "library/alpine"), ("example.com/x:1", "example.com/x:1"),
        ] as [(String, String)])
    func images(_ given: String, _ written: String) async throws {
        let plan = try await plan("FROM \(written)\nCOPY --from=\(written) /a /b") {
            $0.contexts = [given: .image("golang")]
        }
        #expect(plan.rendering == "0: golang amd64\n1: 0 copy 0:/a to /b\namd64=1")
        let other = try await BuildPlanTests.plan("FROM scratch\nCOPY --from=\(written) /a /b") {
            $0.contexts = [given: .folder]
        }
        #expect(other.rendering == "0: copy context \(given):/a to /b\namd64=0")
    }

    @Test("leaves other tags, other names and scratch alone")
    func others() async throws {
        let plan = try await plan("FROM example.com/tools:2\nCOPY --from=scratch /a /\nCOPY --from=busybox /b /") {
            $0.contexts = ["example.com/tools": .folder, "scratch": .folder, "context": .folder]
        }
        #expect(
            plan.rendering == """
                0: example.com/tools:2 amd64
                1: 0 copy nothing:/a to /
                2: busybox amd64
                3: 1 copy 2:/b to /
                amd64=3
                """)
    }

    static let stages = """
        FROM nowhere AS Build
        RUN never
        ONBUILD RUN neither
        FROM alpine
        COPY --from=build /a /
        COPY --from=0 /b /
        RUN --mount=from=build,target=/c x
        """

    @Test("stands for a stage, whatever finds it, and the stage's instructions are not carried out")
    func stages() async throws {
        let image = try await plan(Self.stages) { $0.contexts = ["build": .image("busybox")] }
        #expect(
            image.rendering == """
                0: alpine amd64
                1: busybox amd64
                2: 0 copy 1:/a to /
                3: 2 copy 1:/b to /
                4: 3 run x [1:/ at /c] on amd64
                amd64=4
                """)
        let folder = try await plan(Self.stages) { $0.contexts = ["build": .folder] }
        #expect(folder.rendering.contains("copy 1:/b to /"))
        #expect(folder.rendering.contains("1: copy context build:/ to / linked"))
    }

    @Test("for a stage is of the stage's platform; for an image, of the target's")
    func platforms() async throws {
        let text = """
            FROM --platform=$BUILDPLATFORM nowhere AS build
            FROM build
            COPY --from=busybox /a /
            """
        let plan = try await plan(text, for: ["linux/arm64"]) {
            $0.contexts = ["build": .image("golang"), "busybox": .image("alpine")]
        }
        #expect(plan.rendering == "0: golang amd64\n1: alpine arm64\n2: 0 copy 1:/a to /\narm64=2")
    }

    @Test("can be the target, a base, or nothing at all")
    func bases() async throws {
        let target = try await plan("FROM nowhere AS a\nRUN x") { $0.contexts = ["a": .image("alpine")] }
        #expect(target.rendering == "0: alpine amd64\namd64=0")
        let base = try await plan("FROM root\nRUN x") { $0.contexts = ["root": .folder] }
        #expect(base.rendering == "0: copy context root:/ to / linked\n1: 0 run x on amd64\namd64=1")
        #expect(base.history == ["FROM root", "RUN /bin/sh -c x # buildkit"])
        let empty = try await plan("FROM alpine\nCOPY a /") { $0.contexts = ["alpine": .image("scratch")] }
        #expect(empty.rendering == "0: copy context:a to /\namd64=0")
    }

    @Test("may have the name of a stage further down")
    func below() async throws {
        let text = "FROM alpine\nCOPY --from=later /a /\nFROM scratch AS later"
        let plan = try await plan(text + "\nFROM scratch\nCOPY --from=0 / /") { $0.contexts = ["later": .folder] }
        #expect(plan.rendering.contains("1: 0 copy context later:/a to /"))
    }
}
