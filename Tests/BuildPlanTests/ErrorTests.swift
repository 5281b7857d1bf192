import BuildPlan
import DockerfileLanguage
import OCI
import Testing

/// Expects that planning ends in an error of this description, or one that begins with it.
func expectError(
    _ message: String, _ dockerfile: String, images: Images = Images(),
    sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout BuildRequest) -> Void = { _ in }
) async {
    do {
        _ = try await plan(dockerfile, images: images, change)
        Issue.record("no error", sourceLocation: sourceLocation)
    } catch {
        #expect("\(error)".hasPrefix(message), "\(error)", sourceLocation: sourceLocation)
    }
}

@Suite("A build that cannot be planned")
struct ErrorTests {
    @Test(
        "says where in the Dockerfile and why",
        arguments: [
            ("FROM $none", "1:6: nothing is left of the image $none"),
            ("FROM alpine\nCOPY --from=3 a b", "2:13: there is no stage 3"),
            ("FROM alpine AS a\nCOPY --from=a a b", "2:13: the stage a is the stage itself"),
            (
                "FROM alpine\nCOPY --from=b a b\nFROM alpine AS b\nCOPY --from=0 a b",
                "2:13: the stage b is below this stage"
            ),
            ("FROM alpine\nENV $none=1", "2:5: nothing is left of the variable's name"),
            ("FROM alpine\nVOLUME /a $none", "2:11: nothing is left of the volume's path"),
            ("FROM alpine\nSTOPSIGNAL $none", "2:12: \"\" is not a signal"),
            ("FROM alpine\nSTOPSIGNAL SIGNOT", "2:12: \"SIGNOT\" is not a signal; write it as in SIGTERM or 15"),
            ("FROM alpine\nEXPOSE http", "2:8: \"http\" is not a port"),
            ("FROM alpine\nWORKDIR ${a:?say where}", "2:9: a: say where"),
            ("FROM alpine\nRUN --mount=target=/ x", "2:5: a mount cannot cover the whole file system"),
            ("FROM alpine\nRUN --mount=target=$none x", "2:5: a mount cannot cover the whole file system"),
            ("FROM alpine\nRUN --device=gpu x", "2:14: devices cannot be given to a step"),
            ("FROM alpine\nCOPY https://h/a /", "2:6: COPY fetches nothing; use ADD, or fetch it before"),
            ("FROM alpine\nADD https://github.com/a/b.git /", "2:5: this is a Git repository, and those cannot be"),
            ("FROM alpine\nADD http://host/.git#v1 /x", "2:5: this is a Git repository, and those cannot be"),
            ("FROM alpine\nADD --keep-git-dir=true https://h/a /", "2:25: this is a Git repository, and those cannot"),
            ("FROM alpine\nADD https://h/a.git?x=1 /", "2:5: this Git repository cannot be used: there is no option x"),
            ("FROM alpine\nCOPY http://host/.git /x", "2:6: COPY fetches nothing; use ADD, or fetch it before"),
            ("FROM alpine\nADD --checksum=sha256:0 a /", "2:16: --checksum is for one file that is fetched"),
        ] as [(String, String)])
    func errors(_ text: String, _ message: String) async throws {
        await expectError("Dockerfile:\(message)", text)
    }

    @Test("says what an image is needed for that is not to be had")
    func images() async throws {
        await expectError(
            "Dockerfile:2:13: cannot find nowhere: nobody made it; make it", "FROM alpine\nCOPY --from=nowhere a b")
        await expectError("Dockerfile:1:6: cannot find nowhere", "FROM nowhere")
    }

    @Test("says that there is no such target, and what was probably meant")
    func target() async throws {
        await expectError(
            "Dockerfile:1:1: there is no stage \"biuld\" to build; did you mean build?", "FROM alpine AS build"
        ) {
            $0.target = "biuld"
        }
    }

    @Test("is no error in a stage that nobody needs")
    func unneeded() async throws {
        let plan = try await plan("FROM $none AS a\nRUN --device=gpu x\nFROM alpine")
        #expect(plan.rendering == "0: alpine amd64\namd64=0")
    }
}
