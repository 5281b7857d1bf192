package import BuildPlan
internal import Concurrency
internal import OCI

/// Notes the images that a plan looks up.
package final class RecordedImages: BaseImages {
    private let images: any BaseImages
    private let found = Guarded<Set<String>>([])

    package init(_ images: any BaseImages) {
        self.images = images
    }

    /// The names of the images, as in the Dockerfile, sorted.
    package var names: [String] { found.withLock { $0.sorted() } }

    package func image(for request: BaseImage.Request) async throws -> BaseImage {
        let image = try await images.image(for: request)
        found.withLock { _ = $0.insert(request.reference) }
        return image
    }
}
