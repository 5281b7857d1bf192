package import BuildPlan
internal import Concurrency
internal import ImageTools
internal import JSON
package import OCI

/// The base images of a build, looked up once, and the sources of their layers.
package final class ImageLibrary: BaseImages {
    private let stores: any ImageStores
    private let folder: String
    private let cache = ImageCache()
    private let tops = SingleFlight<String, ImageView>()
    private let found = SingleFlight<BaseImage.Request, BaseImage>()
    private let sources = Guarded<[String: any ImageSource]>([:])

    /// - Parameter folder: The folder for manifests and configurations, so that they are not fetched again.
    package init(_ stores: any ImageStores, folder: String) {
        self.stores = stores
        self.folder = folder
    }

    package func image(for request: BaseImage.Request) async throws -> BaseImage {
        try await found.value(for: request) { try await self.find(request) }
    }

    /// The image or index that a reference names, and the source that it is in.
    ///
    /// - Throws: ``ImageError``.
    package func top(of reference: String) async throws -> (digest: Digest, source: any ImageSource) {
        let parsed = try Reference(parsing: reference)
        let source = try stores.source(at: parsed.location)
        return (try await tops.value(for: reference) { try await self.top(parsed, in: source) }.content.digest, source)
    }

    /// The source that an image was found in.
    func source(of image: String) -> (any ImageSource)? { sources.withLock { $0[image] } }

    /// The content of a layer of an image that was looked up.
    func blob(_ origin: Snapshot.Origin, progress: @escaping @Sendable (Int) -> Void) async throws -> BlobContent {
        guard let source = source(of: origin.image) else {
            throw ImageError(.failed, "cannot read \(origin.descriptor.digest)", "\(origin.image) was not looked up")
        }
        return BlobContent(origin.descriptor, in: source, progress: progress)
    }

    // MARK: Looking up

    private func find(_ request: BaseImage.Request) async throws -> BaseImage {
        let reference = try Reference(parsing: request.reference)
        let source = try stores.source(at: reference.location)
        sources.withLock { $0[request.reference] = source }
        let top = try await tops.value(for: request.reference) { try await self.top(reference, in: source) }
        // A single image is used for all platforms.
        let image = top.content.isIndex ? try await top.selected(for: request.platform) : top
        let manifest = try image.content.imageManifest()
        guard MediaType.isImageConfig(manifest.config.mediaType) else {
            throw ImageError(
                .failed, "cannot build on \(request.reference)",
                "it is an artifact of type \(manifest.artifactType ?? manifest.config.mediaType), not an image")
        }
        return try baseImage(request, image.content.digest, manifest, try await image.config())
    }

    /// The image or index that a reference names.
    private func top(_ reference: Reference, in source: any ImageSource) async throws -> ImageView {
        let source = CachedSource(source: source, folder: folder)
        let digest: Digest
        if let pinned = reference.digest {
            digest = pinned
        } else {
            digest = try await source.resolve(reference.manifestReference).digest
        }
        return ImageView(
            reference: reference, source: source, content: try await source.manifest(.digest(digest)), cache: cache)
    }

    private func baseImage(
        _ request: BaseImage.Request, _ digest: Digest, _ manifest: ImageManifest, _ document: JSONDocument
    ) throws -> BaseImage {
        let attempt = "cannot build on \(request.reference)"
        let configuration: ImageConfiguration
        do {
            configuration = try ImageConfiguration(json: document.value)
        } catch {
            throw ImageError(.failed, attempt, "its configuration cannot be read: \(error)")
        }
        let diffIDs = try configuration.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw ImageError(
                .verification, attempt,
                "it has \(manifest.layers.count) layers, but its configuration names \(diffIDs.count)")
        }
        return BaseImage(
            name: request.reference, manifest: digest, platform: configuration.platform ?? request.platform,
            configuration: configuration,
            layers: zip(manifest.layers, diffIDs).map { BaseImage.Layer(descriptor: $0, diffID: $1) })
    }
}
