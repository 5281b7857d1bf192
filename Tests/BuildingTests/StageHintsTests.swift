import BuildPlan
import DockerfileLanguage
import OCI
import Testing

@testable import imgtool

@Suite("A name in a Dockerfile that is not an image")
struct StageHintsTests {
    private struct NoImages: BaseImages {
        func image(for request: BaseImage.Request) async throws -> BaseImage {
            throw ImageError(.notFound, "cannot read \(request.reference)", "it is not there", advice: "look for it")
        }
    }

    @Test(
        "is perhaps that of a stage or of a context",
        arguments: [
            ("FROM scratch\nCOPY --from=biuld a b", "did you mean the stage build?"),
            ("FROM scratch\nRUN --mount=from=buidl,target=/x true", "did you mean the stage build?"),
            ("FROM bild", "did you mean the stage build?"),
            ("FROM scratch\nCOPY --from=asset a b", "did you mean the build context assets?"),
            ("FROM scratch\nCOPY --from=alpine a b", "look for it"),
            ("FROM scratch\nCOPY --from=other.example/build a b", "look for it"),
        ])
    func hints(_ end: String, _ advice: String) async throws {
        let request = BuildRequest(
            dockerfile: try Dockerfile(parsing: "FROM scratch AS build\n\(end)\n".utf8),
            platforms: [Platform(os: "linux", architecture: "amd64")],
            contexts: ["assets": .image("assets.example/assets")])
        let error = await #expect(throws: ImageError.self) {
            _ = try await PlannedBuild(request, images: StageHints(NoImages(), for: request))
        }
        #expect(error?.advice == advice)
        #expect(error?.code == .notFound)
    }
}
