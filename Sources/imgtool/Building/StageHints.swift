internal import BuildPlan
internal import DockerfileLanguage
internal import OCI
internal import Spelling

/// Looks up images, and on failure suggests a stage or context with a similar name.
struct StageHints: BaseImages {
    private let images: any BaseImages
    /// The names of stages and contexts.
    private let stages: [String]
    private let contexts: [String]

    init(_ images: any BaseImages, for request: BuildRequest) {
        self.images = images
        stages = request.dockerfile.stages.compactMap(\.name)
        contexts = request.contexts.keys.sorted()
    }

    func image(for request: BaseImage.Request) async throws -> BaseImage {
        do {
            return try await images.image(for: request)
        } catch let error as ImageError {
            guard let name = NearestName.of(request.reference, in: stages + contexts),
                name != request.reference
            else { throw error }
            let kind = stages.contains(name) ? "stage" : "build context"
            throw ImageError(error.code, error.attempt, error.reason, advice: "did you mean the \(kind) \(name)?")
        }
    }
}
