internal import BuildPlan
internal import DockerfileLanguage
internal import OCI
internal import Spelling

/// Looks images up, and where that fails, names the stage or the context whose name was perhaps misspelled.
struct StageHints: BaseImages {
    private let images: any BaseImages
    /// What a name can mean beside an image.
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
